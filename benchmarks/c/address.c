#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>

void die(const char *what) {
  if (errno != 0) {
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
  } else {
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  }
  exit(1);
}

uint64_t now_nanos(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t) time.tv_sec * 1000000000 + (uint64_t) time.tv_nsec;
}

void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

static struct address parse_unix(const char *path) {
  struct address address = {.datagrams = 0};
  struct sockaddr_un *name = (struct sockaddr_un *) &address.storage;
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof name->sun_path) {
    errno = 0;
    die("a Unix path of no or too many bytes");
  }
  name->sun_family = AF_UNIX;
  memcpy(name->sun_path, path, length);
  if (path[0] == '@') {
    name->sun_path[0] = 0;
  } else {
    length++;
  }
  address.length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length);
  return address;
}

struct address parse_address(const char *text) {
  if (strncmp(text, "unix:", 5) == 0) {
    return parse_unix(text + 5);
  }
  struct address address = {.datagrams = strncmp(text, "udp:", 4) == 0, .length = sizeof(struct sockaddr_in)};
  struct sockaddr_in *name = (struct sockaddr_in *) &address.storage;
  const char *port = strrchr(text, ':');
  char host[INET_ADDRSTRLEN] = "";
  if ((address.datagrams || strncmp(text, "tcp:", 4) == 0) && port > text + 4 && port - text - 4 < (long) sizeof host) {
    memcpy(host, text + 4, (size_t) (port - text - 4));
  }
  name->sin_family = AF_INET;
  if (inet_pton(AF_INET, host, &name->sin_addr) != 1) {
    errno = 0;
    die("an address is tcp:host:port, udp:host:port (IPv4, in digits) or unix:path");
  }
  name->sin_port = htons((uint16_t) strtoul(port + 1, NULL, 10));
  return address;
}

int open_socket(const struct address *address, int flags) {
  int type = address->datagrams ? SOCK_DGRAM : SOCK_STREAM;
  int fd = socket(address->storage.ss_family, type | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) {
    die("socket");
  }
  return fd;
}
