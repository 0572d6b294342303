#ifndef BENCH_ADDRESS_H
#define BENCH_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

/* tcp:host:port, udp:host:port (IPv4, in digits) or unix:path (@ in front: abstract). */
struct address {
  struct sockaddr_storage storage;
  socklen_t length;
  int datagrams;
};

struct address parse_address(const char *text);

/* A socket for it, not bound or connected. */
int open_socket(const struct address *address, int flags);

/* Says what failed, with errno's text, and ends the program with status 1. */
void die(const char *what) __attribute__((noreturn));

uint64_t now_nanos(void);

/* As many descriptors as this process may have. */
void raise_descriptor_limit(void);

#endif
