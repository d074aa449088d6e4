/* SPDX-License-Identifier: MIT */
#include "http/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"

/* What OpenSSL finds wrong with a certificate, <openssl/x509_vfy.h>. */
enum {
	CERTIFICATE_UNSPECIFIED = 1,
	CERTIFICATE_NOT_YET_VALID = 9,
	CERTIFICATE_EXPIRED = 10,
	CERTIFICATE_SELF_SIGNED = 18,
	CERTIFICATE_SELF_SIGNED_IN_CHAIN = 19,
	CERTIFICATE_UNKNOWN_ISSUER_LOCALLY = 20,
	CERTIFICATE_UNKNOWN_ISSUER = 21,
	CERTIFICATE_WRONG_HOST = 62,
};

/* HOST, or HOST:PORT where the port says something. */
static char *server_name(const struct url *u)
{
	return u->port == (u->tls ? 443 : 80) ? xstrdup(u->host)
					      : xasprintf("%s:%u", u->host, u->port);
}

static char *explain_certificate(const struct transfer *t, const char *server)
{
	long result = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	switch (result) {
	case CERTIFICATE_NOT_YET_VALID:
		return xasprintf("the certificate of %s is not valid yet; is the clock right?",
				 server);
	case CERTIFICATE_EXPIRED:
		return xasprintf("the certificate of %s has expired", server);
	case CERTIFICATE_SELF_SIGNED:
	case CERTIFICATE_SELF_SIGNED_IN_CHAIN:
	case CERTIFICATE_UNKNOWN_ISSUER_LOCALLY:
	case CERTIFICATE_UNKNOWN_ISSUER:
		return xasprintf(
			"the certificate of %s is signed by an authority that this machine does not know "
			"(http_ca_file of the configuration names others)",
			server);
	case CERTIFICATE_UNSPECIFIED: /* the library compares the name itself */
	case CERTIFICATE_WRONG_HOST:
		return xasprintf("the certificate of %s is for another name", server);
	default:
		return xasprintf("the certificate of %s is not trusted (%s)", server,
				 t->curl_error);
	}
}

static char *explain_connect(const struct transfer *t, const char *server)
{
	long number = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	return xasprintf("cannot connect to %s: %s", server,
			 number > 0 ? strerror((int)number) : t->curl_error);
}

static int explain(const struct transfer *t, CURLcode code, const char *server, char **ret)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		*ret = xasprintf("the name %s does not resolve", t->url.host);
		return -EHOSTUNREACH;
	case CURLE_COULDNT_RESOLVE_PROXY:
		*ret = xasprintf("the name of the proxy for %s does not resolve", server);
		return -EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		*ret = explain_connect(t, server);
		return -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		*ret = xasprintf("%s does not answer", server);
		return -ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
		*ret = explain_certificate(t, server);
		return -EKEYREJECTED;
	case CURLE_SSL_CONNECT_ERROR:
		*ret = xasprintf("%s does not speak TLS as it should (%s)", server, t->curl_error);
		return -EPROTO;
	case CURLE_SSL_CACERT_BADFILE:
		*ret = xasprintf("cannot read the certificates of authorities in '%s'",
				 t->request.trust.ca_file ? t->request.trust.ca_file
							  : "the system's file");
		return -EKEYREJECTED;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		*ret = xasprintf("%s does not speak HTTP as it should (%s)", server, t->curl_error);
		return -EPROTO;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		*ret = xasprintf("the connection to %s broke off", server);
		return -ECONNRESET;
	case CURLE_URL_MALFORMAT:
		*ret = xasprintf("'%s' is not a URL", t->response.url);
		return -EINVAL;
	default:
		*ret = xasprintf("%s: %s", server,
				 *t->curl_error ? t->curl_error : curl_easy_strerror(code));
		return -EIO;
	}
}

int transfer_explain(const struct transfer *t, CURLcode code, char **ret_words)
{
	cleanup_free char *server = server_name(&t->url);

	return explain(t, code, server, ret_words);
}

bool transfer_may_retry(CURLcode code)
{
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	default:
		return false;
	}
}
