/* SPDX-License-Identifier: MIT */
/* value: the words that options, configuration and state files may hold.
 *
 * One check a kind of value; the command line, the configuration and the reader of state files all
 * use it, so what one accepts the others do. Each is silent and returns NULL when the value is
 * good, else a static phrase that says what is wrong, to stand after the value in a message. */
#pragma once

#include "base/strv.h"

typedef const char *(*value_check)(const char *value);

/* 1 to 64 characters a-z 0-9 and '-', the first a letter. */
const char *check_name(const char *value);
const char *check_name_or_empty(const char *value);
/* One word of the blank-separated choices. */
const char *check_choice(const char *value, const char *choices);

const char *check_number(const char *value);
const char *check_positive(const char *value);
const char *check_boolean(const char *value);
/* More than 0; parse_size(). */
const char *check_memory(const char *value);
/* parse_hundredths(). */
const char *check_cpus(const char *value);
/* 1 to 10000, systemd.resource-control(5) CPUWeight=. */
const char *check_cpu_weight(const char *value);

/* Absolute, no ".." component, no control bytes. */
const char *check_absolute_path(const char *value);
/* One line of a person's own words. */
const char *check_text(const char *value);
/* HOST[:PORT] in lower case, told from a directory by a '.' or a ':', or "localhost". */
const char *check_registry(const char *value);
/* A registry, and the path [/PREFIX] that all its repositories begin with. */
const char *check_mirror(const char *value);
/* KEY=VALUE; KEY as POSIX names variables. */
const char *check_env(const char *value);
/* HOST:CONTAINER[:ro|:rw], both absolute, HOST not checked to be there. */
const char *check_bind(const char *value);
/* VOLUME:PATH, VOLUME a name of one directory, PATH absolute. */
const char *check_volume(const char *value);
/* tcp:HOST:CONTAINER or udp:HOST:CONTAINER. */
const char *check_port(const char *value);
/* A name that an interface or a zone may have: letters, digits, '-', '_', at most max bytes. */
const char *check_bridge(const char *value); /* IFNAMSIZ - 1 */
const char *check_zone(const char *value);   /* the bridge is vz-ZONE: 12 */
/* CAP_X, one of capabilities(7). */
const char *check_capability(const char *value);
/* [~]@group or [~]name, as systemd.exec(5) SystemCallFilter=. */
const char *check_syscall_filter(const char *value);
const char *check_apparmor_profile(const char *value);
/* As docker's --restart: no, on-failure[:N], always, unless-stopped. N is 1 to APP_RESTARTS_MAX. */
const char *check_app_restart(const char *value);
#define APP_RESTARTS_MAX 1000000
/* [APP:]KEY=VALUE, KEY as POSIX names variables. */
const char *check_app_env(const char *value);
/* A unit's name with its suffix. */
const char *check_unit(const char *value);
const char *check_log_level(const char *value);
const char *check_restart_policy(const char *value);

/* Bring what a person may write into the one form that the checks and state files know. Each
 * returns a string that the caller frees; what it cannot normalise it returns unchanged, for the
 * check to refuse. */
char *normal_port(const char *value);       /* 80, 8080:80, 53:53/udp, udp:53:53 */
char *normal_capability(const char *value); /* net_raw, CAP_NET_RAW */
char *normal_bind(const char *value);       /* the mode is always there */
char *normal_path(const char *value);       /* no doubled or trailing slashes */
char *normal_unit(const char *value);       /* ".service" when it has no suffix of a unit */
char *normal_restart_policy(const char *value);
char *normal_boolean(const char *value);    /* yes or no */
char *normal_registry(const char *value);   /* in lower case */
char *normal_mirror(const char *value);     /* the same of its host; no slash at its end */

/* Lists in one state value: items joined by the separator; separators and backslashes inside an item
 * are written with a backslash in front, newlines and carriage returns as \n and \r, a tab or blank
 * at its end as \t and \s. */
char *list_format(const struct strv *list, char separator);
void list_parse(struct strv *list, const char *text, char separator);
