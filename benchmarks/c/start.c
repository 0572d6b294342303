/* Measures the time from exec of a server to its first answer. */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RETRY_NANOS 200000
#define END_NANOS 3000000000ull

static pid_t start_server(char **command) {
  pid_t pid = fork();
  if (pid < 0) {
    die("fork");
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the server does not outlive this program */
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    execvp(command[0], command);
    _exit(127);
  }
  return pid;
}

static void pause_nanos(long nanos) {
  struct timespec time = {.tv_nsec = nanos};
  nanosleep(&time, NULL);
}

/* Connects as soon as the server listens. */
static int connect_when_up(const struct load *load, pid_t pid, uint64_t patience) {
  while (1) {
    int fd = open_socket(&load->address, 0);
    struct timeval timeout = {.tv_sec = PATIENCE_MILLIS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (const struct sockaddr *) &load->address.storage, load->address.length) == 0) {
      return fd;
    }
    close(fd);
    if (waitpid(pid, NULL, WNOHANG) != 0) {
      errno = 0;
      die("the server ended before it listened");
    }
    if (now_nanos() > patience) {
      kill(pid, SIGKILL);
      die("the server does not listen");
    }
    pause_nanos(RETRY_NANOS);
  }
}

static void end_server(pid_t pid) {
  kill(pid, SIGTERM);
  for (uint64_t end = now_nanos() + END_NANOS; waitpid(pid, NULL, WNOHANG) == 0; pause_nanos(1000000)) {
    if (now_nanos() > end) {
      fprintf(stderr, "load: the server does not end on SIGTERM\n");
      kill(pid, SIGKILL);
      waitpid(pid, NULL, 0);
      return;
    }
  }
}

void load_start(const struct load *load) {
  char message[MESSAGE_BYTES];
  await_start();
  uint64_t start = now_nanos();
  pid_t pid = start_server(load->command);
  int fd = connect_when_up(load, pid, start + PATIENCE_MILLIS * 1000000ull);
  fill_message(message, 0, 0);
  int answered = send(fd, message, MESSAGE_BYTES, MSG_NOSIGNAL) == MESSAGE_BYTES
      && recv(fd, message, MESSAGE_BYTES, MSG_WAITALL) == MESSAGE_BYTES;
  uint64_t nanos = now_nanos() - start;
  close(fd);
  end_server(pid);
  if (!answered) {
    die("the server does not answer");
  }
  check_message(message, 0, 0);
  record(nanos);
  finish(1, nanos);
}
