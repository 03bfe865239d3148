/*
 * Host names and client addresses, checked and spelled in one way, so that
 * they can be compared, counted by and stored.
 */

#include "http/address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define HOST_MAX	255

/* "[0::1]" as "[::1]"; NULL when it is no IPv6 literal. */
static const char *
ipv6_literal(struct arena *arena, const char *text, size_t len)
{
	char spelled[INET6_ADDRSTRLEN];
	struct in6_addr address;
	const char *inner = arena_copy(arena, text + 1, len - 2);

	if (inet_pton(AF_INET6, inner, &address) != 1)
		return NULL;
	inet_ntop(AF_INET6, &address, spelled, sizeof(spelled));
	return arena_printf(arena, "[%s]", spelled);
}

const char *
address_host(struct arena *arena, const char *text)
{
	static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	bool literal = text[0] == '[';
	size_t len = literal ? strcspn(text, "]") + 1
	    : strspn(text, name_chars);

	if (len == 0 || strnlen(text, len) < len || len > HOST_MAX)
		return NULL;

	const char *port = text + len;
	bool has_port = port[0] == ':';

	port += has_port;
	if (port[strspn(port, "0123456789")] != '\0' ||
	    (!has_port && port[0] != '\0'))
		return NULL;
	if (literal)
		return ipv6_literal(arena, text, len);
	if (len > 1 && text[len - 1] == '.')
		len--;
	return text_normal(arena, arena_copy(arena, text, len));
}

const char *
address_peer(struct arena *arena, const char *text)
{
	char spelled[INET6_ADDRSTRLEN];
	struct in6_addr address;
	const char *bare = arena_copy(arena, text, strcspn(text, "%"));

	if (inet_pton(AF_INET, bare, &address) == 1)
		return bare;
	if (inet_pton(AF_INET6, bare, &address) != 1)
		return "0.0.0.0";
	if (IN6_IS_ADDR_V4MAPPED(&address))
		inet_ntop(AF_INET, address.s6_addr + 12, spelled,
		    sizeof(spelled));
	else
		inet_ntop(AF_INET6, &address, spelled, sizeof(spelled));
	return arena_text(arena, spelled);
}
