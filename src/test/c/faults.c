/* The rules by which system calls get faults. The tests set them through the functions that are exported here. A rule
 * counts the calls that match it, and puts its fault into some of them. A storm puts faults into any calls at random.
 * Any thread may call these functions. */
#include "faults.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT extern __attribute__((visibility("default")))
EXPORT void stepoll_faults_clear(void);
EXPORT int stepoll_faults_rule(const char *call, int fd, int fault, int most, int after, int every, int times);
EXPORT int stepoll_faults_seen(int rule);
EXPORT int stepoll_faults_given(int rule);
EXPORT void stepoll_faults_storm(int64_t seed, int perMille);
EXPORT int stepoll_faults_stormed(void);

typedef struct {
  char call[24];
  int fd, fault, most, after, every, times; /* fd -1: any descriptor */
  int seen, given;
} Rule;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all that follows */
static Rule rules[32];
static int ruleCount;
static uint64_t stormState;
static int stormPerMille;
static int stormed;

/* The faults of a storm: those that no caller of the library may notice. After EMFILE and its like an accept waits. */
static const struct {
  const char *call;
  int faults[7];
} harmless[] = {
    {"read", {EINTR, EAGAIN, SHORT}},
    {"write", {EINTR, EAGAIN, SHORT}},
    {"recv", {EINTR, EAGAIN, SHORT}},
    {"recvmsg", {EINTR, EAGAIN, SHORT}},
    {"recvfrom", {EINTR, EAGAIN}},
    {"recvmmsg", {EINTR, EAGAIN, SHORT}},
    {"send", {EINTR, EAGAIN, SHORT}},
    {"splice", {EINTR, EAGAIN, SHORT}},
    {"sendmsg", {EINTR, EAGAIN, SHORT}},
    {"sendto", {EINTR, EAGAIN}},
    {"sendmmsg", {EINTR, EAGAIN, SHORT}},
    {"accept4", {EINTR, EAGAIN, ECONNABORTED, EPROTO, EMFILE, ENOBUFS}},
    {"connect", {EINTR}},
    {"close", {EINTR}},
    {"epoll_wait", {EINTR, SHORT}},
    {"epoll_pwait2", {EINTR, SHORT}},
    {"eventfd write", {EINTR}},
};

/* splitmix64 */
static uint64_t randomBits(void) {
  uint64_t bits = stormState += 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

static Fate fateInStorm(const char *call) {
  if (randomBits() % 1000 >= (uint64_t)stormPerMille) return (Fate){NONE, 0};
  for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
    if (strcmp(harmless[i].call, call) != 0) continue;
    uint64_t count = 0;
    while (harmless[i].faults[count] != NONE) count++;
    stormed++;
    /* A short call is short by any order of magnitude. */
    return (Fate){harmless[i].faults[randomBits() % count], 1 + (int)(randomBits() % (1U << randomBits() % 16))};
  }
  return (Fate){NONE, 0};
}

static Fate fateByRules(const char *call, int fd) {
  Fate fate = {NONE, 0};
  for (int i = 0; i < ruleCount; i++) {
    Rule *rule = &rules[i];
    if (strcmp(rule->call, call) != 0 || (rule->fd >= 0 && rule->fd != fd)) continue;
    const int turn = rule->seen++ - rule->after;
    if (fate.fault == NONE && turn >= 0 && turn % rule->every == 0 && rule->given < rule->times) {
      rule->given++;
      fate = (Fate){rule->fault, rule->most};
    }
  }
  return fate;
}

Fate fateOf(const char *call, int fd) {
  pthread_mutex_lock(&lock);
  Fate fate = fateByRules(call, fd);
  if (fate.fault == NONE && stormPerMille > 0) fate = fateInStorm(call);
  pthread_mutex_unlock(&lock);
  return fate;
}

void stepoll_faults_clear(void) {
  pthread_mutex_lock(&lock);
  ruleCount = stormPerMille = stormed = 0;
  pthread_mutex_unlock(&lock);
}

/* Adds a rule for a call on a descriptor. It spares the first `after` calls, then puts the fault into each `every`th,
 * at most `times` times. Returns the number of the rule, or -1 if there are too many rules. */
int stepoll_faults_rule(const char *call, int fd, int fault, int most, int after, int every, int times) {
  pthread_mutex_lock(&lock);
  const int number = ruleCount < (int)(sizeof rules / sizeof *rules) ? ruleCount++ : -1;
  if (number >= 0) {
    Rule rule = {.fd = fd, .fault = fault, .most = most, .after = after, .every = every, .times = times};
    strncpy(rule.call, call, sizeof rule.call - 1);
    rules[number] = rule;
  }
  pthread_mutex_unlock(&lock);
  return number;
}

static int counter(const int *value) {
  pthread_mutex_lock(&lock);
  const int result = *value;
  pthread_mutex_unlock(&lock);
  return result;
}

int stepoll_faults_seen(int rule) { return counter(&rules[rule].seen); }

int stepoll_faults_given(int rule) { return counter(&rules[rule].given); }

void stepoll_faults_storm(int64_t seed, int perMille) {
  pthread_mutex_lock(&lock);
  stormState = (uint64_t)seed;
  stormPerMille = perMille;
  pthread_mutex_unlock(&lock);
}

int stepoll_faults_stormed(void) { return counter(&stormed); }
