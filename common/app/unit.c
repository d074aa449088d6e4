/* SPDX-License-Identifier: MIT */
#include "app/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/signalname.h"
#include "base/strbuf.h"

char *app_unit_name(const char *app)
{
	return xasprintf("sdme-oci-%s.service", app);
}

char *app_socket_name(const char *app)
{
	return xasprintf("sdme-oci-%s.socket", app);
}

char *app_unit_path(int tree_fd, const char *app)
{
	cleanup_free char *control = xasprintf("etc/systemd/system.control/sdme-oci-%s.service", app);
	cleanup_close int fd = open_in_root(tree_fd, control, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0 ? TAKE_PTR(control) : xasprintf("etc/systemd/system/sdme-oci-%s.service", app);
}

char *app_connector_socket(const char *connector)
{
	char *path = xasprintf("/connectors/%s/%s.sock", connector, connector);

	if (strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return path;
	free(path);
	return NULL;
}

static void add_command(struct strbuf *s, const struct app_unit *u)
{
	cleanup_free char *signal = signal_text(u->stop_signal ? u->stop_signal : SIGTERM);
	int number = u->stop_signal ? u->stop_signal : SIGTERM;

	if (u->connector) {
		strbuf_addf(s, "ExecStart=" APP_CONNECTOR_SERVER_PATH " --app %s\n", u->name);
		return;
	}
	strbuf_addf(s, "ExecStart=" APP_INIT_PATH " %s\n", u->name);
	/* Who is ended by it has done what was asked. */
	strbuf_addf(s, "KillSignal=%s\nSuccessExitStatus=%d\n", signal, 128 + number);
}

/* Output: every line as it is, none lost; and for who asks by the alias, journalctl(1) takes lines of root
 * with this field as if they were of that unit. */
static void add_output(struct strbuf *s, const struct app_unit *u)
{
	strbuf_addf(s, "SyslogIdentifier=%s\nSyslogLevelPrefix=no\nLogRateLimitIntervalSec=0\n", u->name);
	if (u->is_only && !streq(u->name, "app"))
		strbuf_add_str(s, "LogExtraFields=OBJECT_SYSTEMD_UNIT=" APP_UNIT_ALIAS ".service\n");
}

char *app_service_text(const struct app_unit *u)
{
	struct strbuf s = STRBUF_INIT;

	strbuf_addf(&s, "# Written by sdme. What it runs is in /" APP_DIR "/%s.\n[Unit]\n", u->name);
	if (u->connector)
		strbuf_addf(&s,
			    "Description=Application %s, behind the connector %s\n"
			    "Requires=sdme-oci-%s.socket\nAfter=network.target sdme-oci-%s.socket\n"
			    /* It comes and goes with its clients; its socket would give up. */
			    "StartLimitIntervalSec=0\n",
			    u->name, u->connector, u->name, u->name);
	else
		strbuf_addf(&s, "Description=Application %s\nAfter=network.target\n", u->name);
	strbuf_add_str(&s, "\n[Service]\nType=exec\n");
	add_command(&s, u);
	/* The time is docker's. */
	strbuf_addf(&s, "KillMode=mixed\nTimeoutStopSec=10s\nOOMPolicy=continue\nRuntimeDirectory=sdme-oci-%s\n",
		    u->name);
	add_output(&s, u);
	if (!u->connector)
		strbuf_add_str(&s, "\n[Install]\nWantedBy=multi-user.target\n");
	return strbuf_detach(&s);
}

char *app_socket_text(const struct app_unit *u)
{
	cleanup_free char *path = app_connector_socket(u->connector);

	return xasprintf("# Written by sdme.\n[Unit]\nDescription=Connector %s\n\n"
			 "[Socket]\nListenStream=%s\nSocketMode=0666\nAccept=no\n\n"
			 "[Install]\nWantedBy=sockets.target\n",
			 u->connector, path ? path : "");
}
