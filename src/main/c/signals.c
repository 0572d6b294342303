/* Signals that Java takes over, by sigaction(2). No module of the JDK is needed for them.
 *
 * The handler counts the signal and wakes the thread that waits in `take`. It may use only what is safe in a handler:
 * atomic numbers and futex(2). There is no descriptor, which one thread could close while a handler runs on another.
 *
 * A signal that is not Java's any more, or that a forked child gets, goes to the handler of before, the JVM's for
 * instance. Another library may put a handler over ours, and that handler may call ours: ours stays then, and is put
 * over the other one if Java takes the signal again. So there may be several handlers of before. Each signal reaches
 * each of them once: our handler calls the newest, which may call ours, which calls the next.
 *
 * The functions are called by one thread at a time, but `take`. */
#include "direct.h"
#include "stepoll.h"
#include "io_stepoll_internal_sys_Signals.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAME(name) _Static_assert(name == io_stepoll_internal_sys_Signals_##name, #name)
SAME(SIGHUP);
SAME(SIGINT);
SAME(SIGQUIT);
SAME(SIGILL);
SAME(SIGTRAP);
SAME(SIGABRT);
SAME(SIGBUS);
SAME(SIGFPE);
SAME(SIGKILL);
SAME(SIGUSR1);
SAME(SIGSEGV);
SAME(SIGUSR2);
SAME(SIGPIPE);
SAME(SIGALRM);
SAME(SIGTERM);
SAME(SIGCHLD);
SAME(SIGCONT);
SAME(SIGSTOP);
SAME(SIGTSTP);
SAME(SIGTTIN);
SAME(SIGTTOU);
SAME(SIGURG);
SAME(SIGXCPU);
SAME(SIGXFSZ);
SAME(SIGVTALRM);
SAME(SIGPROF);
SAME(SIGWINCH);
SAME(SIGIO);
SAME(SIGPWR);
SAME(SIGSYS);

#define SIGNALS 32 /* more than the greatest number above */

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "atomic numbers are safe in a signal handler");

/* TAKEN if the signal is Java's, plus ONE for each that has come and that `take` has not returned. One number for both:
 * a handler that runs while the signal is given back counts its signal before that, or passes it on. */
static _Atomic int states[SIGNALS];

#define TAKEN 1
#define ONE 2

#define MOST 8                      /* handlers of before; if there are more the oldest is forgotten */
#define BYTE 8                      /* bits */
#define PLACE(order, at) (((order) >> (at) * BYTE) & 0xff)

_Static_assert(MOST * BYTE == 64 && ATOMIC_LLONG_LOCK_FREE == 2, "an order is read at once");

static struct sigaction earlier[SIGNALS][MOST]; /* what has handled the signal */
static _Atomic uint64_t orders[SIGNALS]; /* places in `earlier`, plus 1; the newest is lowest, 0 is behind the last */
static _Atomic int left[SIGNALS];        /* whether somebody has put a handler over ours, so that ours stays */
static _Atomic int changes;              /* the futex: raised by each signal and each change of the reader */
static _Atomic int last_taken;           /* the signal that `take` has returned last */
static _Atomic int reader;               /* which thread may wait; 0 for none so far */
static _Atomic pid_t owner;

/* For each thread and signal with calls of handlers of before: how many calls have not returned. 0 is a free entry.
 *
 * No thread-local does this. A library that dlopen(3) loads gets the memory of its thread-locals at their first use,
 * and a handler may allocate none. The tls_model initial-exec would do, but musl does not load a library that has it.
 * If more threads than this are in handlers of before at once, a further signal is passed on to nobody. */
static _Atomic uint64_t calls[1024];

#define CALLS(thread, signal, count) ((uint64_t)(thread) << 32 | (uint64_t)(signal) << 8 | (uint64_t)(count))
#define COUNT(entry) ((unsigned)((entry) & 0xff))

static void wake(void) {
  atomic_fetch_add(&changes, 1);
  syscall(SYS_futex, &changes, FUTEX_WAKE_PRIVATE, INT_MAX);
}

static int is_same(const struct sigaction *one, const struct sigaction *other) {
  if ((one->sa_flags & SA_SIGINFO) != (other->sa_flags & SA_SIGINFO)) return 0;
  return (one->sa_flags & SA_SIGINFO) != 0 ? one->sa_sigaction == other->sa_sigaction
                                           : one->sa_handler == other->sa_handler;
}

/* Does what the signal does by default, and leaves the handlers as they are, if the process goes on. */
static void by_default(int signal, const struct sigaction *action) {
  if (signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH) return; /* nothing */
  struct sigaction installed;
  sigset_t only, mask;
  sigemptyset(&only);
  sigaddset(&only, signal);
  if (sigaction(signal, action, &installed) < 0) return;
  raise(signal);
  direct_sigmask(SIG_UNBLOCK, &only, &mask); /* here it ends the process, or stops it for a while */
  direct_sigmask(SIG_SETMASK, &mask, NULL);
  sigaction(signal, &installed, NULL);
}

/* The entry of this thread and a signal, a free one if need be, or NULL. Only handlers on this thread change an entry
 * that it has, and they have changed it back when they return. */
static _Atomic uint64_t *entry_of(long thread, int signal) {
  const size_t room = sizeof calls / sizeof *calls;
  for (size_t i = 0; i < room; i++) {
    const uint64_t entry = atomic_load(&calls[i]);
    if (entry != 0 && entry - COUNT(entry) == CALLS(thread, signal, 0)) return &calls[i];
  }
  for (size_t i = 0; i < room; i++) {
    uint64_t none = 0;
    if (atomic_compare_exchange_strong(&calls[i], &none, CALLS(thread, signal, 0))) return &calls[i];
  }
  return NULL;
}

/* Calls a handler of before, or does what the signal does without one. */
static void call(const struct sigaction *to, int signal, siginfo_t *info, void *context) {
  if ((to->sa_flags & SA_SIGINFO) != 0) {
    to->sa_sigaction(signal, info, context);
  } else if (to->sa_handler == SIG_DFL) {
    by_default(signal, to);
  } else if (to->sa_handler != SIG_IGN) {
    to->sa_handler(signal);
  }
}

static void pass_on(int signal, siginfo_t *info, void *context) {
  struct sigaction installed;
  if (sigaction(signal, NULL, &installed) < 0) return;
  const uint64_t order = atomic_load(&orders[signal]);
  const long thread = syscall(SYS_gettid);
  _Atomic uint64_t *entry = entry_of(thread, signal);
  if (entry == NULL) return;
  const unsigned begin = COUNT(atomic_load(entry));
  unsigned at = begin;
  /* If somebody has put a handler over ours, the kernel has called the one that is installed, and that one has called
   * ours: it must not be called again. If nobody has, the signal was given back to the one that is installed. */
  const int covered = atomic_load(&left[signal]);
  while (covered && at < MOST && PLACE(order, at) != 0) {
    if (!is_same(&earlier[signal][PLACE(order, at) - 1], &installed)) break;
    at++;
  }
  if (at < MOST && PLACE(order, at) != 0) {
    atomic_store(entry, CALLS(thread, signal, at + 1));
    call(&earlier[signal][PLACE(order, at) - 1], signal, info, context);
  }
  atomic_store(entry, begin == 0 ? 0 : CALLS(thread, signal, begin));
}

static void handle(int signal, siginfo_t *info, void *context) {
  const int before = errno;
  int state = getpid() == atomic_load(&owner) ? atomic_load(&states[signal]) : 0;
  while ((state & TAKEN) != 0 && !atomic_compare_exchange_weak(&states[signal], &state, state + ONE)) {
  }
  if ((state & TAKEN) != 0) {
    wake();
  } else {
    pass_on(signal, info, context);
  }
  errno = before;
}

static int is_ours(const struct sigaction *action) {
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == handle;
}

/* Makes an action the newest of those of before. A handler that runs meanwhile sees the order of then or of now. */
static void remember(int signal, const struct sigaction *action) {
  uint64_t order = atomic_load(&left[signal]) ? atomic_load(&orders[signal]) : 0, others = 0;
  unsigned place = 0, used = 0;
  for (unsigned at = 0, kept = 0; at < MOST && PLACE(order, at) != 0; at++) {
    const unsigned old = (unsigned)PLACE(order, at);
    if (is_same(&earlier[signal][old - 1], action)) {
      place = old;
    } else if (kept < MOST - 1) {
      used |= 1U << old;
      others |= (uint64_t)old << kept++ * BYTE;
    }
  }
  if (place == 0) {
    for (place = 1; (used & 1U << place) != 0;) place++;
  }
  earlier[signal][place - 1] = *action;
  atomic_store(&orders[signal], others << BYTE | place);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_takeOver(JNIEnv *env, jclass type, jint signal) {
  (void)env, (void)type;
  struct sigaction now;
  if (sigaction(signal, NULL, &now) < 0) return -errno;
  if ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_IGN) return 1;
  atomic_store(&owner, getpid());
  atomic_store(&states[signal], TAKEN); /* before the handler can run, which asks for it first */
  if (is_ours(&now)) return 0;
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  if (sigaction(signal, &action, &now) < 0) {
    const jint error = -errno;
    atomic_store(&states[signal], 0);
    return error;
  }
  remember(signal, &now);
  return 0;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_giveBack(JNIEnv *env, jclass type, jint signal) {
  const int state = atomic_exchange(&states[signal], 0);
  if ((state & TAKEN) == 0) return 0;
  struct sigaction now;
  if (sigaction(signal, NULL, &now) < 0) return -errno;
  if (is_ours(&now)) {
    const uint64_t order = atomic_load(&orders[signal]);
    const jint error = result(sigaction(signal, &earlier[signal][PLACE(order, 0) - 1], NULL));
    /* The kernel calls the newest from here on. If that one calls ours, the next is meant. */
    if (error == 0 && order >> BYTE != 0) atomic_store(&orders[signal], order >> BYTE);
    /* What came and no reader has taken has the effect that it had before. */
    if (error == 0 && state >= ONE) kill(getpid(), signal);
    return error;
  }
  /* The other handler may know ours. So this library must not be unloaded, nor the class with it. */
  if (!atomic_exchange(&left[signal], 1)) (*env)->NewGlobalRef(env, type);
  return 0;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_send(JNIEnv *env, jclass type, jint signal) {
  (void)env, (void)type;
  return result(kill(getpid(), signal));
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_nextReader(JNIEnv *env, jclass type) {
  (void)env, (void)type;
  const jint next = atomic_fetch_add(&reader, 1) + 1;
  wake();
  return next;
}

/* Takes one of what is pending of a signal. */
static int take_one(int signal) {
  int state = atomic_load(&states[signal]);
  while (state >= ONE && !atomic_compare_exchange_weak(&states[signal], &state, state - ONE)) {
  }
  return state >= ONE;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Signals_take(JNIEnv *env, jclass type, jint as) {
  (void)env, (void)type;
  for (;;) {
    const int seen = atomic_load(&changes);
    if (atomic_load(&reader) != as) return 0;
    /* From the one behind the last: a flood of one signal does not keep the others from their turn. */
    const int last = atomic_load(&last_taken);
    for (int i = 1; i <= SIGNALS; i++) {
      const int signal = (last + i) % SIGNALS;
      if (!take_one(signal)) continue;
      atomic_store(&last_taken, signal);
      return signal;
    }
    syscall(SYS_futex, &changes, FUTEX_WAIT_PRIVATE, seen, NULL); /* returns at a change, or for nothing */
  }
}
