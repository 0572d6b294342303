/* A window of datagrams is under way. For each answer a new datagram is sent, in batches. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_WINDOW 1024
#define LOST_MILLIS 10000 /* a datagram without an answer after this time counts as lost */

static char outgoing[LARGEST_WINDOW][MESSAGE_BYTES];
static char incoming[LARGEST_WINDOW][MESSAGE_BYTES];
static struct iovec pieces[2][LARGEST_WINDOW];
static struct mmsghdr headers[2][LARGEST_WINDOW];

/* When each datagram was sent; SLOT gives the index. 0: the datagram is not under way. */
static uint64_t sent_nanos[LARGEST_WINDOW * 64];
static uint64_t sequence;

#define SLOT(number) ((number) % (sizeof sent_nanos / sizeof *sent_nanos))

static void send_batch(int fd, unsigned count) {
  uint64_t now = now_nanos();
  for (unsigned i = 0; i < count; i++) {
    fill_message(outgoing[i], 0, sequence);
    sent_nanos[SLOT(sequence)] = now;
    sequence++;
  }
  for (unsigned sent = 0; sent < count;) {
    int more = sendmmsg(fd, headers[0] + sent, count - sent, 0);
    if (more < 0) {
      die("sendmmsg");
    }
    sent += (unsigned) more;
  }
}

/* Returns how many answers came; 0 if none came in time. */
static unsigned receive_batch(int fd, unsigned window, uint64_t phase) {
  int received = recvmmsg(fd, headers[1], window, MSG_WAITFORONE, NULL);
  if (received < 0) {
    if (errno == EAGAIN) {
      return 0;
    }
    die("recvmmsg");
  }
  uint64_t now = now_nanos();
  unsigned answers = 0;
  for (int i = 0; i < received; i++) {
    uint64_t number;
    memcpy(&number, incoming[i], sizeof number);
    if (headers[1][i].msg_len != MESSAGE_BYTES || number >= sequence) {
      errno = 0;
      die("an answer to nothing that was sent");
    }
    check_message(incoming[i], 0, number);
    if (number < phase) {
      continue; /* it counted as lost in the phase before */
    }
    if (sent_nanos[SLOT(number)] == 0) {
      errno = 0;
      die("an answer came twice");
    }
    record(now - sent_nanos[SLOT(number)]);
    sent_nanos[SLOT(number)] = 0;
    answers++;
  }
  return answers;
}

static uint64_t run(int fd, unsigned window, uint64_t nanos, uint64_t *lost) {
  uint64_t messages = 0;
  uint64_t phase = sequence;
  uint64_t end = now_nanos() + nanos;
  unsigned under_way = window;
  send_batch(fd, window);
  while (under_way != 0) {
    unsigned answers = receive_batch(fd, window, phase);
    messages += answers;
    int going = now_nanos() < end;
    if (answers == 0) {
      *lost += under_way;
      if (messages == 0) {
        die("no answer at all");
      }
      phase = sequence;
      answers = under_way;
    }
    under_way -= answers;
    if (going) {
      send_batch(fd, answers);
      under_way += answers;
    }
  }
  return messages;
}

void load_datagrams(const struct load *load) {
  if (load->window > LARGEST_WINDOW) {
    errno = 0;
    die("a window of more than 1024");
  }
  int fd = connect_to(&load->address, 0);
  struct timeval patience = {.tv_sec = LOST_MILLIS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (unsigned i = 0; i < LARGEST_WINDOW; i++) {
    pieces[0][i] = (struct iovec) {.iov_base = outgoing[i], .iov_len = MESSAGE_BYTES};
    pieces[1][i] = (struct iovec) {.iov_base = incoming[i], .iov_len = MESSAGE_BYTES};
    for (int way = 0; way < 2; way++) {
      headers[way][i].msg_hdr = (struct msghdr) {.msg_iov = &pieces[way][i], .msg_iovlen = 1};
    }
  }
  uint64_t lost = 0;
  run(fd, load->window, load->warm_nanos, &lost);
  await_start();
  lost = 0;
  uint64_t start = now_nanos();
  uint64_t messages = run(fd, load->window, load->nanos, &lost);
  uint64_t nanos = now_nanos() - start;
  finish_with_losses(messages, nanos, lost);
}
