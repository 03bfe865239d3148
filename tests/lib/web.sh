# shellcheck shell=bash
# The web servers of a private stack, with the files of conf/ as a sysadmin
# would include them; only the socket's place differs.  Part of stack.sh.

# What a sysadmin's include is made from: FILE, with the socket of this stack.
web_conf() {
	sed "s|unix:/run/chartkeep/fcgi.sock|unix:$CK_SOCKET|" "$CK_SRC/conf/$1"
}

# nginx_start [PORT]: on $CK_HTTP, and on 127.0.0.1:PORT if given.
nginx_start() {
	process_runs nginx && return 0
	process_sweep nginx
	as rm -f "$CK_HTTP"
	web_conf nginx/chartkeep.conf |
	    as tee "$CK_STACK/nginx/chartkeep.conf" >/dev/null
	nginx_configuration "${1:-}" |
	    as tee "$CK_STACK/nginx/nginx.conf" >/dev/null
	logged nginx nginx -p "$CK_STACK/nginx/" -e "$CK_LOG/nginx.log" \
	    -c nginx.conf ||
	    process_failed nginx "did not start"
}

nginx_configuration() {
	cat <<END
pid $CK_STACK/nginx.pid;
error_log $CK_LOG/nginx.log;
worker_processes 1;
events { worker_connections 1024; }
http {
	access_log $CK_LOG/access.log;
	client_body_temp_path body;
	fastcgi_temp_path fastcgi;
	proxy_temp_path proxy;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	server_tokens off;
	server {
		listen unix:$CK_HTTP;
		${1:+listen 127.0.0.1:$1;}
		include chartkeep.conf;
	}
}
END
}

nginx_stop() { process_stop nginx 5; }

# apache_start proxy|fcgid: on a free port of 127.0.0.1, told in $CK_APACHE.
# Apache cannot listen on a Unix socket.
apache_start() {
	local try port

	apache_stop
	as mkdir -p "$CK_STACK/apache"
	for try in 1 2 3 4 5; do
		port=$((20000 + (RANDOM + try) % 12000))
		apache_configuration "$1" "$port" |
		    as tee "$CK_STACK/apache/httpd.conf" >/dev/null
		if logged apache2 apache2 -f "$CK_STACK/apache/httpd.conf" \
		    -k start; then
			export CK_APACHE=http://127.0.0.1:$port
			stack_until 10 process_runs apache2 && return 0
		fi
	done
	process_failed apache2 "did not start"
}

apache_configuration() {
	cat <<END
ServerRoot $CK_STACK/apache
ServerName localhost
DefaultRuntimeDir $CK_STACK/apache
Mutex file:$CK_STACK/apache
PidFile $CK_STACK/apache2.pid
ErrorLog $CK_LOG/apache2.log
DocumentRoot $CK_STACK/apache
Listen 127.0.0.1:$2
ServerLimit 2
ThreadsPerChild 32
MaxRequestWorkers 64
END
	local module

	for module in mpm_event authz_core headers buffer reqtimeout \
	    env proxy proxy_fcgi alias fcgid; do
		echo "LoadModule ${module}_module" \
		    "/usr/lib/apache2/modules/mod_$module.so"
	done
	case $1 in
	proxy) web_conf apache/chartkeep.conf ;;
	fcgid)
		echo "FcgidIPCDir $CK_STACK/apache/ipc"
		echo "FcgidProcessTableFile $CK_STACK/apache/table"
		sed "s|\"/usr/sbin/chartkeepd\"|\"$CK_SBIN/chartkeepd -c $CK_CONF\"|" \
		    "$CK_SRC/conf/apache/chartkeep-fcgid.conf"
		;;
	esac
}

apache_stop() { process_stop apache2 10; }
