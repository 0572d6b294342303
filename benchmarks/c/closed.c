/* Each connection has one message under way. The next message is sent when the answer has come. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define EVENTS 256

struct connection {
  int fd;
  uint64_t sequence;
  uint64_t sent_nanos;
  size_t received;
  char answer[MESSAGE_BYTES];
};

static struct connection *connections;
static unsigned count;
static int epoll;

static void send_next(struct connection *connection) {
  char message[MESSAGE_BYTES];
  fill_message(message, (uint64_t) (connection - connections), connection->sequence);
  connection->received = 0;
  connection->sent_nanos = now_nanos();
  if (send(connection->fd, message, MESSAGE_BYTES, MSG_NOSIGNAL) != MESSAGE_BYTES) {
    die("send");
  }
}

/* Returns whether the answer is complete. */
static int receive(struct connection *connection, int flags) {
  ssize_t received = recv(connection->fd, connection->answer + connection->received,
      MESSAGE_BYTES - connection->received, flags);
  if (received <= 0) {
    if (received < 0 && (flags & MSG_DONTWAIT) && errno == EAGAIN) {
      return 0;
    }
    die("recv: the server has closed, or does not answer");
  }
  connection->received += (size_t) received;
  if (connection->received < MESSAGE_BYTES) {
    return 0;
  }
  check_message(connection->answer, (uint64_t) (connection - connections), connection->sequence++);
  return 1;
}

static uint64_t run_one(uint64_t nanos, int spin) {
  uint64_t messages = 0;
  uint64_t end = now_nanos() + nanos;
  uint64_t now;
  do {
    send_next(&connections[0]);
    uint64_t patience = connections[0].sent_nanos + PATIENCE_MILLIS * 1000000ull;
    while (!receive(&connections[0], spin ? MSG_DONTWAIT : 0)) {
      if (spin && now_nanos() > patience) {
        errno = ETIMEDOUT;
        die("no answer");
      }
    }
    now = now_nanos();
    record(now - connections[0].sent_nanos);
    messages++;
  } while (now < end);
  return messages;
}

static uint64_t run_many(uint64_t nanos, int spin) {
  struct epoll_event events[EVENTS];
  uint64_t messages = 0;
  unsigned under_way = count;
  uint64_t now = now_nanos();
  uint64_t end = now + nanos;
  uint64_t heard = now;
  for (unsigned i = 0; i < count; i++) {
    send_next(&connections[i]);
  }
  while (under_way != 0) {
    int ready = epoll_wait(epoll, events, EVENTS, spin ? 0 : PATIENCE_MILLIS);
    now = now_nanos();
    if (ready > 0) {
      heard = now;
    } else if (now - heard >= PATIENCE_MILLIS * 1000000ull) {
      errno = ETIMEDOUT;
      die("no answer");
    }
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (receive(connection, MSG_DONTWAIT)) {
        now = now_nanos();
        record(now - connection->sent_nanos);
        messages++;
        if (now < end) {
          send_next(connection);
        } else {
          under_way--;
        }
      }
    }
  }
  return messages;
}

static uint64_t run(uint64_t nanos, int spin) {
  return count == 1 ? run_one(nanos, spin) : run_many(nanos, spin);
}

void load_closed(const struct load *load) {
  count = load->connections;
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
  run(load->warm_nanos, load->spin);
  await_start();
  uint64_t start = now_nanos();
  uint64_t messages = run(load->nanos, load->spin);
  finish(messages, now_nanos() - start);
}
