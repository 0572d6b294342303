/*
 * Sends HTTP requests: each connection has as many under way as the option depth says, and sends the next ones when all
 * answers have come. The first answer of a connection shows how long an answer is; all others have to be as long, to
 * begin with the status 200 and to end with the body. Of the option idle there are further connections, each used once.
 */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define EVENTS 256
#define MOST_DEPTH 64
#define ANSWER_BYTES 1024

static const char request[] = "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: stepoll-load/1.0\r\n"
    "Accept: text/plain,text/html;q=0.9,*/*;q=0.5\r\nConnection: keep-alive\r\n\r\n";
static const char status[] = "HTTP/1.1 200 ";
static const char end_of_answer[] = "\r\n\r\nHello, World!";

struct connection {
  int fd;
  size_t received;
  uint64_t sent_nanos;
  char answers[MOST_DEPTH * ANSWER_BYTES];
};

static struct connection *connections;
static unsigned count;
static unsigned depth;
static size_t answer_bytes; /* 0 until an answer has come */
static char requests[MOST_DEPTH * sizeof request];
static size_t requests_bytes;
static int epoll;

static void send_next(struct connection *connection) {
  connection->received = 0;
  connection->sent_nanos = now_nanos();
  if (send(connection->fd, requests, requests_bytes, MSG_NOSIGNAL) != (ssize_t) requests_bytes) {
    die("send");
  }
}

static void learn(const struct connection *connection) {
  const char *end = memmem(connection->answers, connection->received, end_of_answer, sizeof end_of_answer - 1);
  if (end != NULL) {
    answer_bytes = (size_t) (end - connection->answers) + sizeof end_of_answer - 1;
  } else if (connection->received >= ANSWER_BYTES) {
    errno = 0;
    die("no answer of the kind that is expected");
  }
}

static void check(const struct connection *connection) {
  for (unsigned i = 0; i < depth; i++) {
    const char *answer = connection->answers + i * answer_bytes;
    if (memcmp(answer, status, sizeof status - 1) != 0
        || memcmp(answer + answer_bytes - (sizeof end_of_answer - 1), end_of_answer, sizeof end_of_answer - 1) != 0) {
      fprintf(stderr, "load: a wrong answer: %.*s\n", (int) answer_bytes, answer);
      errno = 0;
      die("a wrong answer");
    }
  }
}

/* Returns whether all answers have come. */
static int receive(struct connection *connection) {
  ssize_t received = recv(connection->fd, connection->answers + connection->received,
      sizeof connection->answers - connection->received, MSG_DONTWAIT);
  if (received <= 0) {
    if (received < 0 && errno == EAGAIN) {
      return 0;
    }
    die("recv: the server has closed");
  }
  connection->received += (size_t) received;
  if (answer_bytes == 0) {
    learn(connection);
  }
  if (answer_bytes == 0 || connection->received < depth * answer_bytes) {
    return 0;
  }
  if (connection->received > depth * answer_bytes) {
    errno = 0;
    die("more than the answers");
  }
  check(connection);
  return 1;
}

static uint64_t run(uint64_t nanos) {
  struct epoll_event events[EVENTS];
  uint64_t answered = 0;
  unsigned under_way = count;
  uint64_t now = now_nanos();
  uint64_t end = now + nanos;
  for (unsigned i = 0; i < count; i++) {
    send_next(&connections[i]);
  }
  while (under_way != 0) {
    int ready = epoll_wait(epoll, events, EVENTS, PATIENCE_MILLIS);
    if (ready == 0) {
      errno = ETIMEDOUT;
      die("no answer");
    }
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (receive(connection)) {
        now = now_nanos();
        record(now - connection->sent_nanos);
        answered += depth;
        if (now < end) {
          send_next(connection);
        } else {
          under_way--;
        }
      }
    }
  }
  return answered;
}

/* Sends one request and takes its answer. */
static void use_once(int fd) {
  char answer[ANSWER_BYTES];
  size_t received = 0;
  if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) {
    die("send");
  }
  while (memmem(answer, received, end_of_answer, sizeof end_of_answer - 1) == NULL) {
    ssize_t more = recv(fd, answer + received, sizeof answer - received, 0);
    if (more <= 0) {
      die("recv on an idle connection");
    }
    received += (size_t) more;
  }
}

void load_requests(const struct load *load) {
  count = load->connections;
  depth = load->depth;
  if (depth == 0 || depth > MOST_DEPTH) {
    errno = 0;
    die("depth is to be 1 to 64");
  }
  for (unsigned i = 0; i < depth; i++) {
    memcpy(requests + requests_bytes, request, sizeof request - 1);
    requests_bytes += sizeof request - 1;
  }
  raise_descriptor_limit();
  connections = calloc(count, sizeof *connections);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (connections == NULL || epoll < 0) {
    die("epoll_create1");
  }
  for (unsigned i = 0; i < count; i++) {
    connections[i].fd = connect_to(&load->address, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) != 0) {
      die("epoll_ctl");
    }
  }
  for (unsigned i = 0; i < load->idle; i++) {
    use_once(connect_to(&load->address, i));
  }
  run(load->warm_nanos);
  await_start();
  uint64_t start = now_nanos();
  uint64_t answered = run(load->nanos);
  finish(answered, now_nanos() - start);
}
