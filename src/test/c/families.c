/* Loads a shim by dlopen(3), without a JVM, and calls each of its functions: families <libstepoll.so> [emulated]
 *
 * So a shim can be tried under each C library that it has to work with. The JVM is an incomplete table of functions
 * (fake, below): the few functions of the shim that ask the JVM get answers that can be told apart. Two threads, of
 * which one is older than the load, look at their own errno and at their own thread-local. Prints one line, and ends
 * with status 0, if all is well; else names the first check that failed. .ci/natives compiles and runs this. "emulated"
 * says that qemu makes the
 * system calls, which does not have all of them: those are called without a look at what they answer. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jni.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "io_stepoll_internal_sys_Affinity.h"
#include "io_stepoll_internal_sys_Datagrams.h"
#include "io_stepoll_internal_sys_Descriptors.h"
#include "io_stepoll_internal_sys_Epoll.h"
#include "io_stepoll_internal_sys_Errno.h"
#include "io_stepoll_internal_sys_FileSending.h"
#include "io_stepoll_internal_sys_Memory.h"
#include "io_stepoll_internal_sys_Options.h"
#include "io_stepoll_internal_sys_Passing.h"
#include "io_stepoll_internal_sys_Shim.h"
#include "io_stepoll_internal_sys_Signals.h"
#include "io_stepoll_internal_sys_SocketFile.h"
#include "io_stepoll_internal_sys_Sockets.h"
#include "io_stepoll_internal_sys_VirtualThreads.h"

static void *shim;
static int emulated;

/* ---- what fails is named, and ends the program */

static void failed(int line, const char *what) {
  printf("families.c:%d: not so: %s\n", line, what);
  exit(1);
}

#define CHECK(condition) \
  if (!(condition)) failed(__LINE__, #condition)

static void equal(int line, const char *what, long long expected, long long found) {
  if (found == expected) return;
  printf("families.c:%d: %s is %lld, not %lld\n", line, what, found, expected);
  exit(1);
}

#define EQUAL(expected, expression) equal(__LINE__, #expression, (long long)(expected), (long long)(expression))

/* ---- the shim's functions, by their names */

static const char *called[256]; /* guarded by the lock */
static size_t functions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *function(const char *name) {
  void *address = dlsym(shim, name);
  CHECK(address != NULL);
  pthread_mutex_lock(&lock);
  size_t i = 0;
  while (i < functions && strcmp(called[i], name) != 0) i++;
  if (i == functions) called[functions++] = name;
  pthread_mutex_unlock(&lock);
  return address;
}

static JNIEnv env; /* points to the table of functions of the JVM */

#define NAME(class, name) Java_io_stepoll_internal_sys_##class##_##name
#define TEXT(name) TEXT_OF(name)
#define TEXT_OF(name) #name
#define FUNCTION(class, name) ((__typeof__(&NAME(class, name)))function(TEXT(NAME(class, name))))
#define CALL(class, name, ...) FUNCTION(class, name)(&env, NULL, ##__VA_ARGS__)
#define AT(pointer) ((jlong)(uintptr_t)(pointer))

/* ---- a JVM that has one class, one object with one field, and no more */

static char objects[8];
#define OBJECT(i) ((jobject)(void *)&objects[i])
#define CLASS OBJECT(0)
#define CHANNEL OBJECT(1)
#define HELD OBJECT(2)
#define THREAD OBJECT(3)
#define CARRIER OBJECT(4)
#define MADE OBJECT(5)
static int cleared, kept;

static jclass JNICALL findClass(JNIEnv *e, const char *name) {
  (void)e;
  return strcmp(name, "sun/nio/ch/FileChannelImpl") == 0 || strstr(name, "VirtualThreadBuilder") ? CLASS : NULL;
}
static void JNICALL exceptionClear(JNIEnv *e) { (void)e, cleared++; }
static jfieldID JNICALL getFieldId(JNIEnv *e, jclass type, const char *name, const char *signature) {
  (void)e, (void)type, (void)signature;
  return strcmp(name, "fd") == 0 || strcmp(name, "carrierThread") == 0 ? (jfieldID)(void *)&objects[6] : NULL;
}
static jmethodID JNICALL getMethodId(JNIEnv *e, jclass type, const char *name, const char *signature) {
  (void)e, (void)type, (void)signature;
  return strcmp(name, "<init>") == 0 ? (jmethodID)(void *)&objects[7] : NULL;
}
static jclass JNICALL getObjectClass(JNIEnv *e, jobject object) { return (void)e, (void)object, CLASS; }
static jobject JNICALL getObjectField(JNIEnv *e, jobject object, jfieldID field) {
  (void)e, (void)field;
  return object == THREAD ? CARRIER : object == CHANNEL ? HELD : NULL;
}
static jint JNICALL getIntField(JNIEnv *e, jobject object, jfieldID field) {
  (void)e, (void)field;
  return object == HELD ? 77 : -77;
}
static jboolean JNICALL isInstanceOf(JNIEnv *e, jobject object, jclass type) {
  (void)e, (void)type;
  return object == CHANNEL;
}
static jboolean JNICALL isSameObject(JNIEnv *e, jobject one, jobject other) { return (void)e, one == other; }
static jobject JNICALL newObject(JNIEnv *e, jclass type, jmethodID constructor, ...) {
  (void)e, (void)type, (void)constructor;
  return MADE;
}
static jobject JNICALL newGlobalRef(JNIEnv *e, jobject object) { return (void)e, kept++, object; }

static const struct JNINativeInterface_ fake = {
    .FindClass = findClass,
    .ExceptionClear = exceptionClear,
    .GetFieldID = getFieldId,
    .GetMethodID = getMethodId,
    .GetObjectClass = getObjectClass,
    .GetObjectField = getObjectField,
    .GetIntField = getIntField,
    .IsInstanceOf = isInstanceOf,
    .IsSameObject = isSameObject,
    .NewObject = newObject,
    .NewGlobalRef = newGlobalRef,
};

static void jvm(void) {
  EQUAL(77, CALL(FileSending, number, CHANNEL));
  EQUAL(-1, CALL(FileSending, number, THREAD));
  CHECK(CALL(VirtualThreads, builder, CARRIER) == MADE);
  EQUAL(1, CALL(VirtualThreads, mountedOn, THREAD, CARRIER));
  EQUAL(0, CALL(VirtualThreads, mountedOn, THREAD, HELD));
}

/* ---- the families */

static void versionAndErrno(void) {
  char text[256] = "";
  CHECK(CALL(Shim, version, AT(text), sizeof text) > 0);
  EQUAL(5, CALL(Errno, name, EBADF, AT(text), sizeof text));
  CHECK(memcmp(text, "EBADF", 5) == 0);
  CHECK(CALL(Errno, text, EBADF, AT(text), sizeof text) > 5);
}

static void affinityAndMemory(void) {
  uint64_t mask[128] = {0};
  EQUAL(0, CALL(Affinity, get, AT(mask), sizeof mask));
  CHECK(mask[0] != 0);
  EQUAL(0, CALL(Affinity, set, AT(mask), sizeof mask));
  const jlong size = 1 << 20;
  const jlong memory = CALL(Memory, map, size);
  CHECK(memory > 0);
  memset((void *)(uintptr_t)memory, 1, (size_t)size);
  EQUAL(0, CALL(Memory, release, memory, size));
  EQUAL(0, *(char *)(uintptr_t)memory);
  EQUAL(0, CALL(Memory, unmap, memory, size));
  EQUAL(-EINVAL, CALL(Memory, unmap, 1, size));
}

static void descriptors(void) {
  jint two[2];
  char bytes[] = "0123456789", back[16];
  EQUAL(0, CALL(Descriptors, pipe, AT(two)));
  EQUAL(4, CALL(Descriptors, write, two[1], AT(bytes), 4));
  EQUAL(4, CALL(Descriptors, read, two[0], AT(back), sizeof back));
  struct iovec pieces[] = {{bytes, 2}, {bytes + 5, 3}};
  const jint written = CALL(Descriptors, writeNow, two[1], AT(bytes), 3);
  const jint vectorWritten = CALL(Descriptors, writeVectorNow, two[1], AT(pieces), 2);
  const jint readBack = CALL(Descriptors, readNow, two[0], AT(back), sizeof back);
  if (!emulated) {
    EQUAL(3, written);
    EQUAL(5, vectorWritten);
    EQUAL(8, readBack);
    CHECK(memcmp(back, "01201567", 8) == 0);
    EQUAL(-EAGAIN, CALL(Descriptors, readNow, two[0], AT(back), sizeof back));
  }
  const jint vectorRead = CALL(Descriptors, readVectorNow, two[0], AT(pieces), 2);
  if (!emulated) EQUAL(-EAGAIN, vectorRead);
  EQUAL(65536, CALL(Descriptors, setPipeCapacity, two[0], 65536));
  EQUAL(65536, CALL(Descriptors, pipeCapacity, two[0]));
  const jint flags = CALL(Descriptors, getStatusFlags, two[0]);
  EQUAL(0, CALL(Descriptors, setStatusFlags, two[0], flags | O_NONBLOCK));
  EQUAL(flags | O_NONBLOCK, CALL(Descriptors, getStatusFlags, two[0]));
  EQUAL(0, CALL(Descriptors, isTerminal, two[0]));
  const jint copy = CALL(Descriptors, duplicate, two[1]);
  CHECK(copy > two[1]);
  EQUAL(copy, CALL(Descriptors, duplicateOver, two[0], copy));
  EQUAL(0, CALL(Descriptors, close, copy));
  EQUAL(-EBADF, CALL(Descriptors, close, copy));
  const jint null = CALL(Descriptors, openNullDevice);
  EQUAL(4, CALL(Descriptors, write, null, AT(bytes), 4));
  CALL(Descriptors, close, null), CALL(Descriptors, close, two[0]), CALL(Descriptors, close, two[1]);
  const jint process = CALL(Descriptors, processDescriptor, getpid());
  CHECK(process >= 0 || process == -ENOSYS); /* the call is younger than some kernels */
  const jint sent = CALL(Descriptors, sendSignal, process, 0);
  CHECK(process < 0 ? sent < 0 : sent == 0);
  CALL(Descriptors, close, process);
}

static void epoll(void) {
  const jint size = CALL(Epoll, eventSize);
  const jlong events = CALL(Epoll, allocate, 4 * size);
  const jint number = CALL(Epoll, create), event = CALL(Descriptors, eventfd);
  CHECK(number >= 0 && event >= 0);
  EQUAL(0, CALL(Epoll, ctl, number, io_stepoll_internal_sys_Epoll_CTL_ADD, event,
                io_stepoll_internal_sys_Epoll_EPOLLIN, 0x123456789abcdef0));
  EQUAL(0, CALL(Epoll, await, number, events, 4, 0));
  EQUAL(8, CALL(Descriptors, eventfdWrite, event));
  EQUAL(1, CALL(Epoll, await, number, events, 4, 1000));
  int64_t data;
  memcpy(&data, (char *)(uintptr_t)events + CALL(Epoll, dataOffset), sizeof data);
  EQUAL(0x123456789abcdef0, data);
  int32_t ready;
  memcpy(&ready, (char *)(uintptr_t)events + CALL(Epoll, eventsOffset), sizeof ready);
  EQUAL(io_stepoll_internal_sys_Epoll_EPOLLIN, ready);
  const jint woken = CALL(Epoll, awaitNanos, number, events, 4, 1000000000);
  CHECK(woken == 1 || woken == -ENOSYS);
  CALL(Epoll, free, events);
  CALL(Descriptors, close, number), CALL(Descriptors, close, event);
}

static void sockets(void) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, name, peer;
  EQUAL(sizeof(struct sockaddr_storage), CALL(Sockets, layout, 0));
  const jint listener = CALL(Sockets, socket, AF_INET, SOCK_STREAM);
  CHECK(listener >= 0);
  EQUAL(0, CALL(Sockets, setIntOption, listener, SOL_SOCKET, SO_REUSEADDR, 1));
  EQUAL(1, CALL(Sockets, getIntOption, listener, SOL_SOCKET, SO_REUSEADDR));
  EQUAL(0, CALL(Sockets, bind, listener, AT(&any), sizeof any));
  EQUAL(0, CALL(Sockets, listen, listener, 5));
  EQUAL(sizeof name, CALL(Sockets, localAddress, listener, AT(&name), sizeof name));
  EQUAL(-EAGAIN, CALL(Sockets, acceptFrom, listener, AT(&peer), sizeof peer));
  const jint client = CALL(Sockets, socket, AF_INET, SOCK_STREAM);
  const jint connected = CALL(Sockets, connect, client, AT(&name), sizeof name);
  CHECK(connected == 0 || connected == -EINPROGRESS);
  EQUAL(1, CALL(Sockets, awaitEvents, listener, io_stepoll_internal_sys_Sockets_POLLIN, 10000));
  const jint server = CALL(Sockets, acceptFrom, listener, AT(&peer), sizeof peer);
  CHECK(server >= 0);
  EQUAL(1, CALL(Sockets, awaitEvents, client, io_stepoll_internal_sys_Sockets_POLLOUT, 10000));
  EQUAL(sizeof peer, CALL(Sockets, peerAddress, client, AT(&peer), sizeof peer));
  EQUAL(name.sin_port, peer.sin_port);
  EQUAL(0, CALL(Sockets, pollIn, server));
  EQUAL(1, CALL(Sockets, pollOut, server));
  char bytes[] = "0123456789", back[16];
  struct iovec pieces[] = {{bytes, 2}, {bytes + 5, 3}}, room[] = {{back, 1}, {back + 1, 15}};
  EQUAL(5, CALL(Sockets, sendVector, client, AT(pieces), 2, 0));
  EQUAL(1, CALL(Sockets, awaitEvents, server, io_stepoll_internal_sys_Sockets_POLLIN, 10000));
  EQUAL(5, CALL(Sockets, available, server));
  EQUAL(5, CALL(Sockets, recvVector, server, AT(room), 2, 0) & 0xffffffff);
  CHECK(memcmp(back, "01567", 5) == 0);
  EQUAL(4, CALL(Sockets, send, server, AT(bytes), 4, 0));
  EQUAL(1, CALL(Sockets, awaitEvents, client, io_stepoll_internal_sys_Sockets_POLLIN, 10000));
  EQUAL(4, CALL(Sockets, recvmsg, client, AT(back), sizeof back, MSG_PEEK | MSG_DONTWAIT) & 0xffffffff);
  EQUAL(4, CALL(Sockets, recv, client, AT(back), sizeof back, MSG_DONTWAIT));
  EQUAL(-EAGAIN, CALL(Sockets, recv, client, AT(back), sizeof back, MSG_DONTWAIT));
  EQUAL(0, CALL(Sockets, shutdown, client, io_stepoll_internal_sys_Sockets_SHUT_RDWR));
  EQUAL(-EPIPE, CALL(Sockets, send, client, AT(bytes), 4, MSG_DONTWAIT));

  /* Options of any type, and struct tcp_info. */
  EQUAL(sizeof(struct linger), CALL(Options, layout, 0));
  struct linger linger = {1, 7}, read = {0, 0};
  EQUAL(0, CALL(Options, set, server, SOL_SOCKET, SO_LINGER, AT(&linger), sizeof linger));
  EQUAL(sizeof read, CALL(Options, get, server, SOL_SOCKET, SO_LINGER, AT(&read), sizeof read));
  EQUAL(7, read.l_linger);
  linger.l_onoff = 0;
  EQUAL(0, CALL(Options, set, server, SOL_SOCKET, SO_LINGER, AT(&linger), sizeof linger));
  char info[512];
  CHECK(CALL(Options, tcpInfoLayout, 0) > 100);
  CHECK(CALL(Options, get, server, IPPROTO_TCP, TCP_INFO, AT(info), sizeof info) > 100 || emulated);
  char user[4096];
  const jint length = CALL(Options, userName, 0, AT(user), sizeof user);
  CHECK(length == 0 || (length == 4 && memcmp(user, "root", 4) == 0));
  const jint group = CALL(Options, groupName, 0, AT(user), sizeof user);
  CHECK(group == 0 || (group == 4 && memcmp(user, "root", 4) == 0));
  CALL(Descriptors, close, client), CALL(Descriptors, close, server), CALL(Descriptors, close, listener);
}

static void datagrams(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const jint to = CALL(Sockets, socket, AF_INET, SOCK_DGRAM), from = CALL(Sockets, socket, AF_INET, SOCK_DGRAM);
  EQUAL(0, CALL(Sockets, bind, to, AT(&address), sizeof address));
  EQUAL(sizeof address, CALL(Sockets, localAddress, to, AT(&address), sizeof address));
  char bytes[] = "0123456789", back[4][16];
  EQUAL(-EAGAIN, CALL(Datagrams, recvfrom, to, AT(back), 16, 0, AT(&address), 0));
  EQUAL(10, CALL(Datagrams, sendto, from, AT(bytes), 10, AT(&address), sizeof address));
  EQUAL(1, CALL(Sockets, awaitEvents, to, io_stepoll_internal_sys_Sockets_POLLIN, 10000));
  struct sockaddr_storage sender;
  const jlong received = CALL(Datagrams, recvfrom, to, AT(back), 4, 0, AT(&sender), sizeof sender);
  EQUAL(10, received & 0xffffffff);
  EQUAL(sizeof address, received >> 32);

  /* A batch, whose headers C lays out. */
  const jint size = CALL(Datagrams, layout, 0), lengthAt = CALL(Datagrams, layout, 2);
  const jint nameLengthAt = CALL(Datagrams, layout, 1);
  char headers[2][128];
  struct iovec pieces[2] = {{bytes, 3}, {bytes + 3, 5}};
  struct sockaddr_storage names[2];
  CHECK(size <= 128);
  CALL(Datagrams, layOut, AT(headers), 2, AT(pieces), AT(names));
  for (int i = 0; i < 2; i++) {
    memcpy(&names[i], &address, sizeof address);
    const socklen_t nameLength = sizeof address;
    memcpy((char *)headers + i * size + nameLengthAt, &nameLength, sizeof nameLength);
  }
  EQUAL(2, CALL(Datagrams, sendmmsg, from, AT(headers), 2));
  EQUAL(1, CALL(Sockets, awaitEvents, to, io_stepoll_internal_sys_Sockets_POLLIN, 10000));
  for (int i = 0; i < 2; i++) pieces[i] = (struct iovec){back[i], 16};
  CALL(Datagrams, layOut, AT(headers), 2, AT(pieces), AT(names));
  EQUAL(2, CALL(Datagrams, recvmmsg, to, AT(headers), 2));
  int32_t length;
  memcpy(&length, (char *)headers + size + lengthAt, sizeof length);
  EQUAL(5, length);
  CHECK(memcmp(back[0], "012", 3) == 0 && memcmp(back[1], "34567", 5) == 0);

  struct sockaddr_in group = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("239.1.2.3")};
  const jint joined = CALL(Datagrams, membership, to, IPPROTO_IP, io_stepoll_internal_sys_Datagrams_MCAST_JOIN_GROUP,
                           1, AT(&group), sizeof group, 0, 0);
  CHECK(joined == 0 || joined == -ENODEV || joined == -EADDRNOTAVAIL || joined == -ENOPROTOOPT);
  EQUAL(-EINVAL, CALL(Datagrams, membership, to, IPPROTO_IP, 42, 1, AT(&group), 4096, 0, 0));
  CALL(Descriptors, close, to), CALL(Descriptors, close, from);
}

/* As many descriptors as the kernel passes at once: musl's own sendmsg(2) has no room for so much control data. */
static void passing(void) {
  enum { MOST = io_stepoll_internal_sys_Passing_MOST };
  jint pair[2], given[MOST], got[MOST];
  EQUAL(0, CALL(Sockets, socketpair, SOCK_STREAM, AT(pair)));
  for (int i = 0; i < MOST; i++) given[i] = pair[0];
  char byte = 'x';
  EQUAL(1, CALL(Passing, send, pair[0], AT(&byte), 1, AT(given), MOST));
  const jlong answer = CALL(Passing, recv, pair[1], AT(&byte), 1, 0, AT(got));
  EQUAL(1, answer & 0xffffffff);
  EQUAL(MOST | io_stepoll_internal_sys_Passing_CONTROL, answer >> 32);
  for (int i = 0; i < MOST; i++) EQUAL(0, CALL(Descriptors, close, got[i]));
  EQUAL(-EINVAL, CALL(Passing, send, pair[0], AT(&byte), 1, AT(given), MOST + 1));
  CALL(Descriptors, close, pair[0]), CALL(Descriptors, close, pair[1]);
}

static void files(void) {
  /* There and nowhere deeper: the path of a socket has 107 bytes at most. */
  char folder[] = "/tmp/stepoll-families-XXXXXX", path[64];
  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/s", folder);
  const jint listener = CALL(Sockets, socket, AF_UNIX, SOCK_STREAM);
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  strcpy(name.sun_path, path);
  EQUAL(0, CALL(Sockets, bind, listener, AT(&name), sizeof name));
  jlong identity[2];
  struct stat status;
  CHECK(lstat(path, &status) == 0);
  EQUAL(S_IFSOCK, CALL(SocketFile, lstat, AT(path), AT(identity)));
  EQUAL(status.st_dev, identity[0]);
  EQUAL(status.st_ino, identity[1]);
  const jint opened = CALL(SocketFile, openFolder, AT(folder));
  CHECK(opened >= 0);
  EQUAL(0, CALL(SocketFile, tryLock, opened));
  EQUAL(0, CALL(SocketFile, unlink, AT(path)));
  EQUAL(-ENOENT, CALL(SocketFile, lstat, AT(path), AT(identity)));
  EQUAL(-ENOENT, CALL(SocketFile, unlink, AT(path)));
  CALL(Descriptors, close, opened), CALL(Descriptors, close, listener);

  /* A file through a pipe to a socket, and a socket whose other end has gone: EPIPE, and no SIGPIPE. */
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EQUAL(10, write(file, "0123456789", 10));
  jint pipe[2], pair[2];
  EQUAL(0, CALL(Descriptors, pipe, AT(pipe)));
  EQUAL(0, CALL(Sockets, socketpair, SOCK_STREAM, AT(pair)));
  EQUAL(8, CALL(FileSending, intoPipe, file, 2, pipe[1], 100));
  EQUAL(4, CALL(FileSending, outOfPipe, pipe[0], pair[0], 4));
  EQUAL(0, CALL(Descriptors, close, pair[1]));
  EQUAL(-EPIPE, CALL(FileSending, outOfPipe, pipe[0], pair[0], 4));
  sigset_t pending;
  CHECK(sigpending(&pending) == 0);
  EQUAL(0, sigismember(&pending, SIGPIPE));
  EQUAL(-EBADF, CALL(FileSending, intoPipe, -1, 0, pipe[1], 100));
  CALL(Descriptors, close, pipe[0]), CALL(Descriptors, close, pipe[1]), CALL(Descriptors, close, pair[0]);
  close(file), unlink(path), rmdir(folder);
}

static volatile sig_atomic_t before, over;
static struct sigaction ours;
static void handleBefore(int signal) { (void)signal, before++; }
static void handleOver(int signal, siginfo_t *info, void *context) {
  over++;
  ours.sa_sigaction(signal, info, context);
}

/* A handler of before gets the signal again once it is given back; one that is put over ours, and calls ours, and the
 * one of before are each called once. */
static void signals(void) {
  const jint as = CALL(Signals, nextReader);
  struct sigaction action = {.sa_handler = handleBefore};
  CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
  EQUAL(0, CALL(Signals, takeOver, SIGUSR2));
  EQUAL(0, CALL(Signals, send, SIGUSR2));
  EQUAL(SIGUSR2, CALL(Signals, take, as));
  EQUAL(0, before);
  CHECK(sigaction(SIGUSR2, NULL, &ours) == 0);
  struct sigaction another = {.sa_sigaction = handleOver, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR2, &another, NULL) == 0);
  EQUAL(0, CALL(Signals, giveBack, SIGUSR2));
  EQUAL(1, kept);
  EQUAL(0, CALL(Signals, send, SIGUSR2));
  EQUAL(1, over);
  EQUAL(1, before);
  CALL(Signals, nextReader);
  EQUAL(0, CALL(Signals, take, as));
}

/* ---- two threads, each with an errno and a loop of its own */

static pthread_barrier_t loaded;

static void ownErrnoAndLoop(jlong loop, jint error) {
  EQUAL(0, CALL(VirtualThreads, loopOfThread));
  EQUAL(0, CALL(VirtualThreads, setLoopOfThread, loop));
  pthread_barrier_wait(&loaded);
  __typeof__(&NAME(Sockets, socket)) makeSocket = FUNCTION(Sockets, socket);
  __typeof__(&NAME(VirtualThreads, loopOfThread)) loopOfThread = FUNCTION(VirtualThreads, loopOfThread);
  const jint family = error == EAFNOSUPPORT ? 9999 : AF_INET, kind = error == EAFNOSUPPORT ? SOCK_STREAM : 9;
  for (int i = 0; i < 20000; i++) {
    errno = i;
    EQUAL(-error, makeSocket(&env, NULL, family, kind));
    EQUAL(error, errno);
    EQUAL(loop, loopOfThread(&env, NULL));
  }
  EQUAL(loop, CALL(VirtualThreads, setLoopOfThread, 0));
}

static void *olderThanTheLoad(void *ignored) {
  pthread_barrier_wait(&loaded);
  ownErrnoAndLoop(0x1111222233334444, ESOCKTNOSUPPORT);
  return ignored;
}

int main(int count, char **arguments) {
  CHECK(count == 2 || (count == 3 && strcmp(arguments[2], "emulated") == 0));
  emulated = count == 3;
  pthread_t other;
  pthread_barrier_init(&loaded, NULL, 2);
  CHECK(pthread_create(&other, NULL, olderThanTheLoad, NULL) == 0);
  shim = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (shim == NULL) {
    printf("%s\n", dlerror());
    return 1;
  }
  env = &fake;
  pthread_barrier_wait(&loaded);
  ownErrnoAndLoop(0x5555666677778888, EAFNOSUPPORT);
  pthread_join(other, NULL);

  jvm();
  versionAndErrno();
  affinityAndMemory();
  descriptors();
  epoll();
  sockets();
  datagrams();
  passing();
  files();
  signals();

  const char *(*gnu)(void) = (const char *(*)(void))dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  struct utsname machine;
  uname(&machine);
  printf("%s, %s%s: %zu functions called\n", machine.machine, gnu == NULL ? "musl" : "glibc ", gnu == NULL ? "" : gnu(),
         functions);
  return 0;
}
