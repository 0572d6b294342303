#ifndef BENCH_ADDRESS_H
#define BENCH_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

/* tcp:host:port, udp:host:port (IPv4, in digits) or unix:path (a path that begins with @ is abstract). */
struct address {
  struct sockaddr_storage storage;
  socklen_t length;
  int datagrams;
};

struct address parse_address(const char *text);

/* Opens a socket for an address, without binding or connecting it. */
int open_socket(const struct address *address, int flags);

/* Prints what failed, with the text of errno if that is not 0, and ends the program with status 1. */
void die(const char *what) __attribute__((noreturn));

uint64_t now_nanos(void);

/* Raises the limit of open descriptors as far as this process may. */
void raise_descriptor_limit(void);

#endif
