#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define SOURCES 200

/* Each connection has another source address than the one before: a closed one keeps its pair of ports for a minute. */
static void bind_source(int fd, unsigned number) {
  int one = 1;
  struct sockaddr_in source = {.sin_family = AF_INET};
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + number % SOURCES);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(fd, (const struct sockaddr *) &source, sizeof source) != 0) {
    die("bind");
  }
}

int connect_to(const struct address *address, unsigned number) {
  int fd = open_socket(address, 0);
  if (address->storage.ss_family == AF_INET && !address->datagrams) {
    int one = 1;
    bind_source(fd, number);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  struct timeval patience = {.tv_sec = PATIENCE_MILLIS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(fd, (const struct sockaddr *) &address->storage, address->length) != 0) {
    die("connect");
  }
  return fd;
}

void set_blocking(int fd, int blocking) {
  int flags = fcntl(fd, F_GETFL);
  if (fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) != 0) {
    die("fcntl");
  }
}
