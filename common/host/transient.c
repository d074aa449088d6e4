/* SPDX-License-Identifier: MIT */
#include "host/transient.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#define SERVICE "org.freedesktop.systemd1.Service"
#define UNIT "org.freedesktop.systemd1.Unit"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum { SLOT_CALL, SLOT_SERVICE, SLOT_UNIT, SLOT_SIGNALS };

/* How long what the command leaves running has between SIGTERM and SIGKILL. */
#define STOP_LIMIT (5 * USEC_PER_SEC)

/* --- what the manager is asked for --------------------------------------------------------- */

static int add_string(sd_bus_message *m, const char *name, const char *value)
{
	return sd_bus_message_append(m, "(sv)", name, "s", value);
}

static int add_bool(sd_bus_message *m, const char *name, int value)
{
	return sd_bus_message_append(m, "(sv)", name, "b", value);
}

static int add_stdio(sd_bus_message *m, const struct transient_spec *spec)
{
	static const char *const names[] = { "StandardInput", "StandardOutput", "StandardError" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r >= 0; i++) {
		cleanup_free char *by_fd = xasprintf("%sFileDescriptor", names[i]);

		if (spec->tty)
			r = add_string(m, names[i], "tty");
		else if (spec->fds[i] < 0)
			r = add_string(m, names[i], "null");
		else
			r = sd_bus_message_append(m, "(sv)", by_fd, "h", spec->fds[i]);
	}
	/* Not TTYReset=: it flushes the terminal, typed input at the start and last words at the end. */
	return spec->tty && r >= 0 ? add_string(m, "TTYPath", spec->tty) : r;
}

static int add_environment(sd_bus_message *m, const struct strv *env)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "Environment");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_append_strv(m, env->v);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* The manager replaces variables in arguments; "$$" stands for one "$". (ExecStartEx= has a flag
 * against that, but systemd 252 cannot read back the unit file that it makes of it: the unit would be
 * lost at the next daemon-reload.) */
static void escape_arguments(char *const *argv, struct strv *escaped)
{
	for (char *const *arg = argv; *arg; arg++) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		for (const char *c = *arg; *c; c++) {
			if (*c == '$')
				strbuf_add_char(&text, '$');
			strbuf_add_char(&text, *c);
		}
		strv_add(escaped, strbuf_str(&text));
	}
}

static int add_command(sd_bus_message *m, const struct transient_spec *spec)
{
	cleanup_strv struct strv argv = STRV_INIT;
	int r = sd_bus_message_open_container(m, 'r', "sv");

	escape_arguments(spec->argv, &argv);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", "ExecStart");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "a(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sasb)");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "sasb");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", spec->path);
	if (r >= 0)
		r = sd_bus_message_append_strv(m, argv.v);
	if (r >= 0)
		r = sd_bus_message_append(m, "b", 0);
	for (int depth = 0; depth < 4 && r >= 0; depth++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int add_session(sd_bus_message *m, const struct transient_spec *spec)
{
	const char *line = after_prefix(spec->tty ? spec->tty : "", "/dev/");
	int r = add_string(m, "PAMName", "login");

	if (r >= 0 && line)
		r = sd_bus_message_append(m, "(sv)(sv)", "UtmpIdentifier", "s", line, "UtmpMode", "s",
					  "user");
	return r;
}

static int add_properties(sd_bus_message *m, const struct transient_spec *spec)
{
	/* Type=exec: the job that starts it tells whether the command could be executed. But the helper
	 * process of a PAM session holds what the manager waits for, so a session never gets there. */
	int r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)", "Description", "s", spec->description,
				      "Type", "s", spec->login ? "simple" : "exec", "CollectMode", "s", "inactive-or-failed",
				      "TimeoutStopUSec", "t", (uint64_t)STOP_LIMIT);

	/* A look into a container that hangs in its boot must not wait for the end of that. What is left of
	 * the usual dependencies: to be stopped in order when the container halts. */
	if (r >= 0)
		r = add_bool(m, "DefaultDependencies", false);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)", "Conflicts", "as", 1, "shutdown.target", "Before",
					  "as", 1, "shutdown.target");
	if (r >= 0)
		r = add_bool(m, "IgnoreSIGPIPE", false);
	/* The kernel's choice falls on one process; what becomes of the rest is the command's affair. */
	if (r >= 0)
		r = add_string(m, "OOMPolicy", "continue");
	/* What sits at a terminal heeds a hang-up; an interactive shell may miss one that comes on the
	 * heels of the SIGTERM which it ignores. */
	if (r >= 0 && spec->tty)
		r = sd_bus_message_append(m, "(sv)", "KillSignal", "i", (int32_t)SIGHUP);
	if (r >= 0 && spec->user)
		r = add_string(m, "User", spec->user);
	if (r >= 0 && spec->workdir)
		r = add_string(m, "WorkingDirectory", spec->workdir);
	if (r >= 0 && spec->env && spec->env->n > 0)
		r = add_environment(m, spec->env);
	if (r >= 0 && spec->search_path)
		r = sd_bus_message_append(m, "(sv)", "ExecSearchPath", "as", 1, spec->search_path);
	if (r >= 0)
		r = add_stdio(m, spec);
	if (r >= 0 && spec->login)
		r = add_session(m, spec);
	return r < 0 ? r : add_command(m, spec);
}

/* --- what it tells ------------------------------------------------------------------------- */

static int read_property(struct transient *t, sd_bus_message *m, const char *name)
{
	const char *text;
	int r;

	if (streq(name, "ActiveState")) {
		r = sd_bus_message_read(m, "v", "s", &text);
		t->idle = r >= 0 && (streq(text, "inactive") || streq(text, "failed"));
		return r;
	}
	if (streq(name, "Job"))
		return sd_bus_message_read(m, "v", "(uo)", &t->job, &text);
	if (streq(name, "ExecMainCode"))
		return sd_bus_message_read(m, "v", "i", &t->code);
	if (streq(name, "ExecMainStatus"))
		return sd_bus_message_read(m, "v", "i", &t->status);
	if (streq(name, "Result")) {
		r = sd_bus_message_read(m, "v", "s", &text);
		if (r >= 0)
			replace_str(&t->result, text);
		return r;
	}
	return sd_bus_message_skip(m, "v");
}

static int read_properties(struct transient *t, sd_bus_message *m)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read_property(t, m, name);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r;
}

static int on_changed(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	const char *interface;
	int r = sd_bus_message_read(m, "s", &interface);

	if (r >= 0 && streq(interface, SERVICE))
		(void)read_properties(userdata, m);
	return 0;
}

static int on_service_properties(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	if (!sd_bus_message_get_error(m))
		(void)read_properties(userdata, m);
	return 0;
}

static int on_unit_properties(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;

	/* A unit that is gone is idle, too. */
	t->idle = true;
	t->job = 0;
	if (!sd_bus_message_get_error(m))
		(void)read_properties(t, m);
	if (t->idle && t->job == 0)
		t->state = TRANSIENT_ENDED;
	return 0;
}

/* Ask for what signals may have told while nobody listened. */
static int catch_up(struct transient *t)
{
	int r;

	bus_slot_done_p(&t->slots[SLOT_SERVICE]);
	bus_slot_done_p(&t->slots[SLOT_UNIT]);
	r = sd_bus_call_method_async(t->bus, &t->slots[SLOT_SERVICE], bus_systemd.service, t->path,
				     PROPERTIES, "GetAll", on_service_properties, t, "s", SERVICE);
	if (r >= 0)
		r = sd_bus_call_method_async(t->bus, &t->slots[SLOT_UNIT], bus_systemd.service, t->path,
					     PROPERTIES, "GetAll", on_unit_properties, t, "s", UNIT);
	return r;
}

static int on_reloading(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;
	int begins;

	if (sd_bus_message_read(m, "b", &begins) < 0)
		return 0;
	t->reloading = begins;
	return begins || !t->accepted ? 0 : catch_up(t);
}

static int on_job_removed(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;
	const char *job, *unit, *result;
	uint32_t id;

	if (sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0 || !streq(unit, t->unit) ||
	    t->state != TRANSIENT_STARTING)
		return 0;
	t->refused = !streq(result, "done");
	t->state = TRANSIENT_STARTED;
	return 0;
}

static int on_unit_removed(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;
	const char *unit, *path;

	if (sd_bus_message_read(m, "so", &unit, &path) >= 0 && streq(unit, t->unit) && !t->reloading)
		t->state = TRANSIENT_ENDED;
	return 0;
}

static int on_start_reply(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;
	const sd_bus_error *failure = sd_bus_message_get_error(m);

	/* Asked again after the connection broke, and the first call had come through. */
	if (failure && t->asked > 1 && streq(failure->name, "org.freedesktop.systemd1.UnitExists"))
		return transient_attach(t, t->bus);
	if (failure) {
		replace_str(&t->error, failure->message ? failure->message : failure->name);
		t->state = TRANSIENT_ENDED;
	}
	t->accepted = true;
	return 0;
}

static int on_kill_reply(sd_bus_message *m, void *userdata, attr_unused sd_bus_error *error)
{
	struct transient *t = userdata;

	/* There is no process yet, or none any more. */
	if (sd_bus_message_get_error(m) && t->state != TRANSIENT_ENDED)
		(void)transient_stop(t);
	return 0;
}

/* --- calls --------------------------------------------------------------------------------- */

static int listen_to(struct transient *t, sd_bus *bus)
{
	const struct {
		const char *path, *interface, *member;
		sd_bus_message_handler_t handler;
	} signals[] = {
		{ t->path, PROPERTIES, "PropertiesChanged", on_changed },
		{ bus_systemd.path, bus_systemd.interface, "JobRemoved", on_job_removed },
		{ bus_systemd.path, bus_systemd.interface, "UnitRemoved", on_unit_removed },
		{ bus_systemd.path, bus_systemd.interface, "Reloading", on_reloading },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(signals) && r >= 0; i++)
		r = sd_bus_match_signal(bus, &t->slots[SLOT_SIGNALS + i], NULL, signals[i].path,
					signals[i].interface, signals[i].member, signals[i].handler, t);
	t->bus = bus;
	t->reloading = false;
	return r;
}

void transient_detach(struct transient *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(t->slots); i++)
		bus_slot_done_p(&t->slots[i]);
	t->bus = NULL;
}

static int name_unit(struct transient *t)
{
	uint64_t random;

	if (t->unit)
		return 0;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	t->unit = xasprintf("sdme-exec-%016llx.service", (unsigned long long)random);
	return sd_bus_path_encode("/org/freedesktop/systemd1/unit", t->unit, &t->path);
}

int transient_start(struct transient *t, sd_bus *bus, const struct transient_spec *spec)
{
	cleanup_bus_message sd_bus_message *m = NULL;
	int r = name_unit(t);

	transient_detach(t);
	if (r >= 0)
		r = listen_to(t, bus);
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &m, bus_systemd.service, bus_systemd.path,
						   bus_systemd.interface, "StartTransientUnit");
	if (r >= 0)
		r = sd_bus_message_append(m, "ss", t->unit, "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r < 0)
		return r;
	r = add_properties(m, spec);
	if (r < 0)
		return r == -EINVAL ? -EILSEQ : r;
	r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd_bus_call_async(bus, &t->slots[SLOT_CALL], m, on_start_reply, t, 0);
	if (r >= 0)
		t->asked++;
	return r;
}

int transient_attach(struct transient *t, sd_bus *bus)
{
	int r;

	transient_detach(t);
	t->accepted = true;
	r = listen_to(t, bus);
	return r < 0 ? r : catch_up(t);
}

int transient_kill(struct transient *t, enum transient_whom whom, int signo)
{
	/* "all" alone would say nothing of a unit that waits and has no process yet. */
	const char *word = whom == TRANSIENT_MAIN ? "main" : "all-fail";

	bus_slot_done_p(&t->slots[SLOT_CALL]);
	return sd_bus_call_method_async(t->bus, &t->slots[SLOT_CALL], bus_systemd.service, bus_systemd.path,
					bus_systemd.interface, "KillUnit", on_kill_reply, t, "ssi",
					t->unit, word, (int32_t)signo);
}

int transient_stop(struct transient *t)
{
	return sd_bus_call_method_async(t->bus, NULL, bus_systemd.service, bus_systemd.path,
					bus_systemd.interface, "StopUnit", NULL, NULL, "ss", t->unit,
					"replace");
}

void transient_done(struct transient *t)
{
	transient_detach(t);
	cleanup_free_p(&t->unit);
	cleanup_free_p(&t->path);
	cleanup_free_p(&t->result);
	cleanup_free_p(&t->error);
	*t = (struct transient){ 0 };
}
