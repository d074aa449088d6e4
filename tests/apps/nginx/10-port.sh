#!/bin/sh
# NGINX_PORT=N in the environment: another port than 80
set -e
[ -z "${NGINX_PORT:-}" ] || sed -i "s/listen .*/listen $NGINX_PORT;/" /etc/nginx/conf.d/default.conf
