/*
 * Each message is sent at its own time, whether the server keeps up or not. A latency counts from that time, so a
 * server that stands still is charged for every message that it keeps waiting. Message k goes to connection k % N at
 * start + k / rate, so the place of an answer in its stream gives the time of its message. The program spins.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define EVENTS 256
#define READ_BYTES 4096
#define NANOS_PER_SECOND 1000000000ull

struct stream {
  int fd;
  uint64_t first;    /* the sequence number of this phase's first message */
  uint64_t due;      /* messages whose time has come, in all phases */
  uint64_t sent;     /* bytes */
  uint64_t received; /* bytes */
  char answer[MESSAGE_BYTES];
};

static struct stream *streams;
static unsigned count;
static int epoll;
static uint64_t blocked; /* how many streams have a full socket */

/* Sends the messages that are due, as far as the socket takes them. */
static void send_due(struct stream *stream) {
  char message[MESSAGE_BYTES];
  while (stream->sent < stream->due * MESSAGE_BYTES) {
    size_t from = stream->sent % MESSAGE_BYTES;
    fill_message(message, (uint64_t) (stream - streams), stream->sent / MESSAGE_BYTES);
    ssize_t sent = send(stream->fd, message + from, MESSAGE_BYTES - from, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno != EAGAIN) {
        die("send");
      }
      blocked++;
      return;
    }
    stream->sent += (uint64_t) sent;
  }
}

static uint64_t intended_nanos(const struct load *load, const struct stream *stream, uint64_t start,
    uint64_t sequence) {
  uint64_t k = (sequence - stream->first) * count + (uint64_t) (stream - streams);
  return start + k * NANOS_PER_SECOND / load->rate;
}

/* Returns how many answers have become complete. */
static uint64_t receive(const struct load *load, struct stream *stream, uint64_t start) {
  char bytes[READ_BYTES];
  uint64_t answers = 0;
  ssize_t received = recv(stream->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (received <= 0) {
    if (received < 0 && errno == EAGAIN) {
      return 0;
    }
    die("recv: the server has closed");
  }
  uint64_t now = now_nanos();
  for (ssize_t used = 0; used < received;) {
    size_t at = stream->received % MESSAGE_BYTES;
    size_t piece = MESSAGE_BYTES - at;
    if (piece > (size_t) (received - used)) {
      piece = (size_t) (received - used);
    }
    memcpy(stream->answer + at, bytes + used, piece);
    used += (ssize_t) piece;
    stream->received += piece;
    if (stream->received % MESSAGE_BYTES == 0) {
      uint64_t sequence = stream->received / MESSAGE_BYTES - 1;
      check_message(stream->answer, (uint64_t) (stream - streams), sequence);
      record(now - intended_nanos(load, stream, start, sequence));
      answers++;
    }
  }
  return answers;
}

static void retry_blocked(void) {
  blocked = 0;
  for (unsigned i = 0; i < count; i++) {
    send_due(&streams[i]);
  }
}

static uint64_t run(const struct load *load, uint64_t nanos) {
  struct epoll_event events[EVENTS];
  uint64_t total = nanos * load->rate / NANOS_PER_SECOND;
  uint64_t answers = 0;
  uint64_t next = 0;
  for (unsigned i = 0; i < count; i++) {
    streams[i].first = streams[i].due;
  }
  uint64_t start = now_nanos();
  uint64_t heard = start;
  while (answers < total) {
    uint64_t now = now_nanos();
    for (; next < total && start + next * NANOS_PER_SECOND / load->rate <= now; next++) {
      struct stream *stream = &streams[next % count];
      stream->due++;
      send_due(stream);
    }
    if (blocked != 0) {
      retry_blocked();
    }
    int ready = epoll_wait(epoll, events, EVENTS, 0);
    for (int i = 0; i < ready; i++) {
      answers += receive(load, events[i].data.ptr, start);
      heard = now;
    }
    if (now - heard > nanos + PATIENCE_MILLIS * 1000000ull) {
      errno = ETIMEDOUT;
      die("no answers");
    }
  }
  return total;
}

void load_open(const struct load *load) {
  count = load->connections;
  streams = calloc(count, sizeof *streams);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (streams == NULL || epoll < 0) {
    die("epoll_create1");
  }
  for (unsigned i = 0; i < count; i++) {
    streams[i].fd = connect_to(&load->address, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &streams[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, streams[i].fd, &event) != 0) {
      die("epoll_ctl");
    }
  }
  run(load, load->warm_nanos);
  await_start();
  uint64_t start = now_nanos();
  uint64_t messages = run(load, load->nanos);
  finish(messages, now_nanos() - start);
}
