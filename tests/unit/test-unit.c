/* SPDX-License-Identifier: MIT */
/* Units of applications, and where they may have volumes. */
#include "test.h"

#include <signal.h>

#include "app/unit.h"
#include "app/volume.h"
#include "base/cleanup.h"

static void test_service(void **state)
{
	const struct app_unit u = { .name = "nginx" };
	cleanup_free char *text = app_service_text(&u), *name = app_unit_name("nginx");

	(void)state;
	assert_string_equal(name, "sdme-oci-nginx.service");
	assert_string_equal(text, "# Written by sdme. What it runs is in /oci/apps/nginx.\n"
				  "[Unit]\n"
				  "Description=Application nginx\n"
				  "After=network.target\n"
				  "\n"
				  "[Service]\n"
				  "Type=exec\n"
				  "ExecStart=/usr/libexec/sdme-app-init nginx\n"
				  "KillSignal=SIGTERM\n"
				  "SuccessExitStatus=143\n"
				  "KillMode=mixed\n"
				  "TimeoutStopSec=10s\n"
				  "OOMPolicy=continue\n"
				  "RuntimeDirectory=sdme-oci-nginx\n"
				  "SyslogIdentifier=nginx\n"
				  "SyslogLevelPrefix=no\n"
				  "LogRateLimitIntervalSec=0\n"
				  "\n"
				  "[Install]\n"
				  "WantedBy=multi-user.target\n");
}

static void test_only_one(void **state)
{
	struct app_unit u = { .name = "x", .stop_signal = SIGQUIT, .is_only = true };
	cleanup_free char *text = app_service_text(&u), *real_time = NULL, *app = NULL;

	(void)state;
	assert_non_null(strstr(text, "\nKillSignal=SIGQUIT\nSuccessExitStatus=131\n"));
	assert_non_null(strstr(text, "\nLogExtraFields=OBJECT_SYSTEMD_UNIT=sdme-oci-app.service\n"));
	u.stop_signal = SIGRTMIN + 3;
	real_time = app_service_text(&u);
	assert_non_null(strstr(real_time, "\nKillSignal=SIGRTMIN+3\n"));
	/* The alias is its own name. */
	u.name = "app";
	app = app_service_text(&u);
	assert_null(strstr(app, "LogExtraFields"));
}

static void test_connector(void **state)
{
	const struct app_unit u = { .name = "jq", .connector = "tools", .stop_signal = SIGQUIT };
	cleanup_free char *service = app_service_text(&u), *socket = app_socket_text(&u);

	(void)state;
	assert_non_null(strstr(service, "\nRequires=sdme-oci-jq.socket\nAfter=network.target sdme-oci-jq.socket\n"));
	assert_non_null(strstr(service, "\nStartLimitIntervalSec=0\n"));
	assert_non_null(strstr(service, "\nExecStart=/usr/libexec/sdme-connector-server --app jq\n"));
	assert_null(strstr(service, "KillSignal"));
	assert_null(strstr(service, "[Install]"));
	assert_string_equal(socket, "# Written by sdme.\n"
				    "[Unit]\n"
				    "Description=Connector tools\n"
				    "\n"
				    "[Socket]\n"
				    "ListenStream=/connectors/tools/tools.sock\n"
				    "SocketMode=0666\n"
				    "Accept=no\n"
				    "\n"
				    "[Install]\n"
				    "WantedBy=sockets.target\n");
}

static void test_connector_names(void **state)
{
	cleanup_free char *fits = app_connector_socket("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr");
	cleanup_free char *does_not = app_connector_socket("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu");

	(void)state;
	assert_non_null(fits);
	assert_null(does_not);
}

static void test_volumes(void **state)
{
	(void)state;
	assert_true(app_volume_is_allowed("/data"));
	assert_true(app_volume_is_allowed("/var/lib/a b"));
	assert_true(app_volume_is_allowed("/process"));
	assert_true(app_volume_is_allowed("/device/x"));
	assert_true(app_volume_is_allowed("/x/proc"));
	assert_true(app_volume_is_allowed("/..x/x.."));
	assert_false(app_volume_is_allowed(""));
	assert_false(app_volume_is_allowed("/"));
	assert_false(app_volume_is_allowed("data"));
	assert_false(app_volume_is_allowed("/data/"));
	assert_false(app_volume_is_allowed("//data"));
	assert_false(app_volume_is_allowed("/a/../proc"));
	assert_false(app_volume_is_allowed("/a/."));
	assert_false(app_volume_is_allowed("/.."));
	assert_false(app_volume_is_allowed("/proc"));
	assert_false(app_volume_is_allowed("/proc/self/fd"));
	assert_false(app_volume_is_allowed("/sys/fs"));
	assert_false(app_volume_is_allowed("/dev"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_service),	   cmocka_unit_test(test_only_one),
		cmocka_unit_test(test_connector),  cmocka_unit_test(test_connector_names),
		cmocka_unit_test(test_volumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
