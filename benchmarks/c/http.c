/*
 * The HTTP server that others are compared with: one thread, one level-triggered epoll, one recv and one send for all
 * requests that have come on a connection. It answers GET and HEAD of /plaintext, and 404 or an error for the rest.
 *   http tcp:host:port
 * It prints READY when it listens; SIGTERM ends it.
 */
#include "address.h"
#include "http_parser.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define BUFFER_BYTES (1 << 16)
#define MOST_ANSWER_BYTES 512
#define BACKLOG 4096
#define DATE_BYTES sizeof "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

/* What a connection has to keep: a part of a request; the rest of answers, until which nothing is read. */
struct connection {
  char *kept;
  size_t kept_length;
  char *rest;
  size_t rest_from;
  size_t rest_length;
  uint64_t body;   /* bytes of a body that are to be dropped */
  int closing;
};

static struct connection *connections; /* by descriptor */
static int epoll;
static char input[BUFFER_BYTES];
static char output[BUFFER_BYTES];
static char date[DATE_BYTES];
static time_t date_of;

static void watch(int operation, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, operation, fd, &event) != 0) {
    die("epoll_ctl");
  }
}

static void drop(int fd) {
  free(connections[fd].kept);
  free(connections[fd].rest);
  memset(&connections[fd], 0, sizeof *connections);
  close(fd);
}

static char *copy(const char *bytes, size_t length) {
  char *copied = malloc(length);
  if (copied == NULL) {
    die("malloc");
  }
  return memcpy(copied, bytes, length);
}

static void make_date(void) {
  time_t now = time(NULL);
  if (now != date_of) {
    struct tm parts;
    date_of = now;
    strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&now, &parts));
  }
}

static char *put(char *to, const char *text, size_t length) {
  memcpy(to, text, length);
  return to + length;
}

#define PUT(to, text) put(to, text, sizeof(text) - 1)

static char *put_answer(char *to, const struct head *head, int status) {
  static const char plaintext[] = "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
  int found = status == 200 && head->path_length == 10 && memcmp(head->path, "/plaintext", 10) == 0;
  if (found && head->method != METHOD_OTHER) {
    to = PUT(to, "HTTP/1.1 200 OK\r\n");
  } else {
    to += sprintf(to, "HTTP/1.1 %d Refused\r\n", status != 200 ? status : found ? 405 : 404);
    found = 0;
  }
  to = put(to, date, DATE_BYTES - 1);
  if (!head->keep_alive) {
    to = PUT(to, "Connection: close\r\n");
  } else if (head->minor_version == 0) {
    to = PUT(to, "Connection: keep-alive\r\n");
  }
  if (!found) {
    return PUT(to, "Content-Length: 0\r\n\r\n");
  }
  return put(to, plaintext, sizeof plaintext - 1 - (head->method == METHOD_HEAD ? 13 : 0));
}

/* Answers all requests that are there. Returns how many bytes were taken; sets where the answers end. */
static size_t serve(struct connection *connection, const char *bytes, size_t length, char **answers_end) {
  size_t taken = 0;
  char *to = output;
  while (!connection->closing && to + MOST_ANSWER_BYTES <= output + BUFFER_BYTES) {
    size_t dropped = connection->body < length - taken ? (size_t) connection->body : length - taken;
    connection->body -= dropped;
    taken += dropped;
    struct head head = {.keep_alive = 1, .minor_version = 1};
    int parsed = connection->body != 0 ? 0 : parse_head(bytes + taken, length - taken, &head);
    if (parsed == 0) {
      break;
    }
    if (parsed < 0) {
      head.keep_alive = 0;
      head.method = METHOD_GET;
    } else {
      taken += (size_t) parsed;
      connection->body = head.content_length;
    }
    connection->closing = !head.keep_alive;
    to = put_answer(to, &head, parsed < 0 ? -parsed : 200);
  }
  *answers_end = to;
  return connection->closing ? length : taken;
}

static void send_answers(int fd, const char *bytes, size_t length) {
  struct connection *connection = &connections[fd];
  ssize_t sent = length == 0 ? 0 : send(fd, bytes, length, MSG_NOSIGNAL);
  if (sent < 0 && errno == EAGAIN) {
    sent = 0;
  }
  if (sent < 0 || ((size_t) sent == length && connection->closing)) {
    drop(fd);
  } else if ((size_t) sent < length) {
    connection->rest_from = 0;
    connection->rest_length = length - (size_t) sent;
    connection->rest = copy(bytes + sent, connection->rest_length);
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
  }
}

static void take(int fd, size_t length) {
  struct connection *connection = &connections[fd];
  char *answers_end;
  size_t taken = serve(connection, input, length, &answers_end);
  if (taken < length) {
    connection->kept_length = length - taken;
    connection->kept = copy(input + taken, connection->kept_length);
  }
  send_answers(fd, output, (size_t) (answers_end - output));
}

/* Puts what was kept before what comes. Returns how much it is. */
static size_t take_kept(struct connection *connection) {
  size_t length = connection->kept_length;
  if (length != 0) {
    memcpy(input, connection->kept, length);
    free(connection->kept);
    connection->kept = NULL;
    connection->kept_length = 0;
  }
  return length;
}

static void receive(int fd) {
  size_t kept = take_kept(&connections[fd]);
  ssize_t received = recv(fd, input + kept, sizeof input - kept, 0);
  if (received > 0) {
    take(fd, kept + (size_t) received);
  } else if (received == 0 || errno != EAGAIN) {
    drop(fd);
  }
}

static void send_rest(int fd) {
  struct connection *connection = &connections[fd];
  ssize_t sent = send(fd, connection->rest + connection->rest_from, connection->rest_length - connection->rest_from,
      MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) {
    drop(fd);
    return;
  }
  connection->rest_from += sent < 0 ? 0 : (size_t) sent;
  if (connection->rest_from == connection->rest_length) {
    free(connection->rest);
    connection->rest = NULL;
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    take(fd, take_kept(connection));
  }
}

static void accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  } else if (errno != EAGAIN && errno != ECONNABORTED) {
    die("accept4");
  }
}

static int open_listener(const struct address *address) {
  int fd = open_socket(address, SOCK_NONBLOCK);
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* accepted sockets inherit it */
  if (bind(fd, (const struct sockaddr *) &address->storage, address->length) != 0 || listen(fd, BACKLOG) != 0) {
    die("bind or listen");
  }
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: http tcp:host:port\n");
    return 2;
  }
  raise_descriptor_limit();
  struct address address = parse_address(argv[1]);
  int listener = open_listener(&address);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  connections = calloc((size_t) sysconf(_SC_OPEN_MAX), sizeof *connections);
  if (epoll < 0 || connections == NULL) {
    die("epoll_create1");
  }
  watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  puts("READY");
  fflush(stdout);
  struct epoll_event events[EVENTS];
  while (1) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    make_date();
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        accept_one(fd);
      } else if (connections[fd].rest != NULL) {
        send_rest(fd);
      } else {
        receive(fd);
      }
    }
  }
}
