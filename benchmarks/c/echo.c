/*
 * The server that all others are compared with: one thread, one level-triggered epoll, one recv and one send for each
 * message.
 *   echo ADDR [spin]
 * It prints READY when it listens; SIGTERM ends it. With "spin" it polls again and again instead of sleeping. With udp:
 * it receives and sends in batches (recvmmsg, sendmmsg).
 */
#include "address.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#define EVENTS 256
#define BUFFER_BYTES (1 << 14)
#define BATCH 64
#define DATAGRAM_BYTES 2048
#define BACKLOG 4096

/* The part of an answer that a client has not yet taken. Until it is sent nothing is read from the client. */
struct rest {
  char *bytes;
  size_t from;
  size_t length;
};

static struct rest *rests; /* by descriptor */
static int epoll;
static char buffer[BUFFER_BYTES];

static void watch(int operation, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, operation, fd, &event) != 0) {
    die("epoll_ctl");
  }
}

static void drop(int fd) {
  free(rests[fd].bytes);
  rests[fd].bytes = NULL;
  close(fd);
}

/* Returns how many bytes were sent; -1 if the client has gone. */
static ssize_t send_some(int fd, const char *bytes, size_t length) {
  ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) {
    return 0;
  }
  return sent;
}

static void echo_stream(int fd) {
  ssize_t received = recv(fd, buffer, sizeof buffer, 0);
  if (received < 0 && errno == EAGAIN) {
    return;
  }
  ssize_t sent = received <= 0 ? -1 : send_some(fd, buffer, (size_t) received);
  if (sent < 0) {
    drop(fd);
  } else if (sent < received) {
    struct rest *rest = &rests[fd];
    rest->from = 0;
    rest->length = (size_t) (received - sent);
    rest->bytes = malloc(rest->length);
    if (rest->bytes == NULL) {
      die("malloc");
    }
    memcpy(rest->bytes, buffer + sent, rest->length);
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
  }
}

static void send_rest(int fd) {
  struct rest *rest = &rests[fd];
  ssize_t sent = send_some(fd, rest->bytes + rest->from, rest->length - rest->from);
  if (sent < 0) {
    drop(fd);
    return;
  }
  rest->from += (size_t) sent;
  if (rest->from == rest->length) {
    free(rest->bytes);
    rest->bytes = NULL;
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
  }
}

/* Accepts one connection. If more are waiting, the level-triggered epoll reports the listener again; so no call is made
 * only to learn that none is left. */
static void accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  } else if (errno != EAGAIN && errno != ECONNABORTED) {
    die("accept4");
  }
}

static void echo_datagrams(int fd) {
  static char data[BATCH][DATAGRAM_BYTES];
  static struct sockaddr_storage names[BATCH];
  static struct iovec pieces[BATCH];
  static struct mmsghdr headers[BATCH];
  for (int i = 0; i < BATCH; i++) {
    pieces[i] = (struct iovec) {.iov_base = data[i], .iov_len = DATAGRAM_BYTES};
    headers[i].msg_hdr = (struct msghdr) {
        .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &pieces[i], .msg_iovlen = 1};
  }
  int received = recvmmsg(fd, headers, BATCH, 0, NULL);
  for (int i = 0; i < received; i++) {
    pieces[i].iov_len = headers[i].msg_len;
  }
  for (int sent = 0; sent < received;) {
    int more = sendmmsg(fd, headers + sent, (unsigned) (received - sent), 0);
    sent += more > 0 ? more : 1; /* a datagram that cannot be sent is lost */
  }
}

static int open_listener(const struct address *address) {
  int fd = open_socket(address, SOCK_NONBLOCK);
  int one = 1;
  if (address->storage.ss_family == AF_UNIX) {
    const char *path = ((const struct sockaddr_un *) &address->storage)->sun_path;
    if (path[0] != 0) {
      unlink(path);
    }
  } else if (!address->datagrams) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* accepted sockets inherit it */
  }
  if (bind(fd, (const struct sockaddr *) &address->storage, address->length) != 0) {
    die("bind");
  }
  if (!address->datagrams && listen(fd, BACKLOG) != 0) {
    die("listen");
  }
  return fd;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "spin") != 0)) {
    fprintf(stderr, "usage: echo tcp:host:port | unix:path | udp:host:port [spin]\n");
    return 2;
  }
  raise_descriptor_limit();
  struct address address = parse_address(argv[1]);
  int listener = open_listener(&address);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  rests = calloc((size_t) sysconf(_SC_OPEN_MAX), sizeof *rests);
  if (epoll < 0 || rests == NULL) {
    die("epoll_create1");
  }
  watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  puts("READY");
  fflush(stdout);
  struct epoll_event events[EVENTS];
  int timeout = argc == 3 ? 0 : -1;
  while (1) {
    int ready = epoll_wait(epoll, events, EVENTS, timeout);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        (address.datagrams ? echo_datagrams : accept_one)(fd);
      } else if (rests[fd].bytes != NULL) {
        send_rest(fd);
      } else {
        echo_stream(fd);
      }
    }
  }
}
