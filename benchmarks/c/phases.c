#include "load.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* The buckets are log-linear: 128 for each power of two, so the error of a value is at most 0.8 %. */
#define SUB_BITS 7
#define SUB_BUCKETS (1u << SUB_BITS)
#define BUCKETS ((64 - SUB_BITS + 1) * SUB_BUCKETS)

static uint64_t counts[BUCKETS];
static uint64_t cpu_at_start;

static unsigned bucket(uint64_t value) {
  if (value < SUB_BUCKETS) {
    return (unsigned) value;
  }
  unsigned shift = 63u - (unsigned) __builtin_clzll(value) - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + ((unsigned) (value >> shift) - SUB_BUCKETS);
}

static uint64_t middle(unsigned bucket) {
  if (bucket < SUB_BUCKETS) {
    return bucket;
  }
  unsigned shift = bucket / SUB_BUCKETS - 1;
  uint64_t lowest = (uint64_t) (SUB_BUCKETS + bucket % SUB_BUCKETS) << shift;
  return lowest + ((1ull << shift) >> 1);
}

void record(uint64_t latency_nanos) {
  counts[bucket(latency_nanos)]++;
}

void forget_recorded(void) {
  memset(counts, 0, sizeof counts);
}

static uint64_t cpu_nanos(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t) time.tv_sec * 1000000000 + (uint64_t) time.tv_nsec;
}

/* Prints a word and waits for a line. The program that runs this one measures the server between the two words. */
static void say_and_wait(const char *word) {
  char line[16];
  puts(word);
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) {
    die("nobody measures any more");
  }
}

void await_start(void) {
  forget_recorded();
  say_and_wait("WARM");
  cpu_at_start = cpu_nanos();
}

void finish(uint64_t messages, uint64_t nanos) {
  finish_with_losses(messages, nanos, 0);
}

void finish_with_losses(uint64_t messages, uint64_t nanos, uint64_t lost) {
  uint64_t cpu = cpu_nanos() - cpu_at_start;
  say_and_wait("DONE");
  printf("messages %llu\nnanos %llu\ncpuNanos %llu\nlost %llu\n", (unsigned long long) messages,
      (unsigned long long) nanos, (unsigned long long) cpu, (unsigned long long) lost);
  for (unsigned i = 0; i < BUCKETS; i++) {
    if (counts[i] != 0) {
      printf("H %llu %llu\n", (unsigned long long) middle(i), (unsigned long long) counts[i]);
    }
  }
  puts("END");
  fflush(stdout);
}
