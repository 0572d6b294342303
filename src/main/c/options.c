/* getsockopt(2) and setsockopt(2) for options of any type. Java writes and reads the structs. The fields of TCP_INFO
 * are in tcp_info.c, because netinet/tcp.h lacks some of them. */
#include "stepoll.h"
#include "io_stepoll_internal_sys_Options.h"

#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define CONSTANT(name) io_stepoll_internal_sys_Options_##name
_Static_assert(CONSTANT(SOL_SOCKET) == SOL_SOCKET, "SOL_SOCKET");
_Static_assert(CONSTANT(IPPROTO_IP) == IPPROTO_IP, "IPPROTO_IP");
_Static_assert(CONSTANT(IPPROTO_IPV6) == IPPROTO_IPV6, "IPPROTO_IPV6");
_Static_assert(CONSTANT(IPPROTO_TCP) == IPPROTO_TCP, "IPPROTO_TCP");
_Static_assert(CONSTANT(SO_REUSEADDR) == SO_REUSEADDR, "SO_REUSEADDR");
_Static_assert(CONSTANT(SO_TYPE) == SO_TYPE, "SO_TYPE");
_Static_assert(CONSTANT(SO_BROADCAST) == SO_BROADCAST, "SO_BROADCAST");
_Static_assert(CONSTANT(SO_SNDBUF) == SO_SNDBUF, "SO_SNDBUF");
_Static_assert(CONSTANT(SO_RCVBUF) == SO_RCVBUF, "SO_RCVBUF");
_Static_assert(CONSTANT(SO_KEEPALIVE) == SO_KEEPALIVE, "SO_KEEPALIVE");
_Static_assert(CONSTANT(SO_PRIORITY) == SO_PRIORITY, "SO_PRIORITY");
_Static_assert(CONSTANT(SO_LINGER) == SO_LINGER, "SO_LINGER");
_Static_assert(CONSTANT(SO_REUSEPORT) == SO_REUSEPORT, "SO_REUSEPORT");
_Static_assert(CONSTANT(SO_PEERCRED) == SO_PEERCRED, "SO_PEERCRED");
_Static_assert(CONSTANT(SO_BINDTODEVICE) == SO_BINDTODEVICE, "SO_BINDTODEVICE");
_Static_assert(CONSTANT(SO_MARK) == SO_MARK, "SO_MARK");
_Static_assert(CONSTANT(SO_BUSY_POLL) == SO_BUSY_POLL, "SO_BUSY_POLL");
_Static_assert(CONSTANT(SO_INCOMING_CPU) == SO_INCOMING_CPU, "SO_INCOMING_CPU");
_Static_assert(CONSTANT(SO_INCOMING_NAPI_ID) == SO_INCOMING_NAPI_ID, "SO_INCOMING_NAPI_ID");
_Static_assert(CONSTANT(IP_TOS) == IP_TOS, "IP_TOS");
_Static_assert(CONSTANT(IP_MTU_DISCOVER) == IP_MTU_DISCOVER, "IP_MTU_DISCOVER");
_Static_assert(CONSTANT(IP_BIND_ADDRESS_NO_PORT) == IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT");
_Static_assert(CONSTANT(IP_MULTICAST_IF) == IP_MULTICAST_IF, "IP_MULTICAST_IF");
_Static_assert(CONSTANT(IP_MULTICAST_TTL) == IP_MULTICAST_TTL, "IP_MULTICAST_TTL");
_Static_assert(CONSTANT(IP_MULTICAST_LOOP) == IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP");
_Static_assert(CONSTANT(IP_PMTUDISC_DO) == IP_PMTUDISC_DO, "IP_PMTUDISC_DO");
_Static_assert(CONSTANT(IP_PMTUDISC_DO) == IPV6_PMTUDISC_DO, "IPV6_PMTUDISC_DO");
_Static_assert(IP_PMTUDISC_DONT == 0 && IPV6_PMTUDISC_DONT == 0, "off is 0");
_Static_assert(CONSTANT(IPV6_MULTICAST_IF) == IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF");
_Static_assert(CONSTANT(IPV6_MULTICAST_HOPS) == IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS");
_Static_assert(CONSTANT(IPV6_MULTICAST_LOOP) == IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP");
_Static_assert(CONSTANT(IPV6_MTU_DISCOVER) == IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER");
_Static_assert(CONSTANT(IPV6_V6ONLY) == IPV6_V6ONLY, "IPV6_V6ONLY");
_Static_assert(CONSTANT(IPV6_TCLASS) == IPV6_TCLASS, "IPV6_TCLASS");
_Static_assert(CONSTANT(TCP_NODELAY) == TCP_NODELAY, "TCP_NODELAY");
_Static_assert(CONSTANT(TCP_KEEPIDLE) == TCP_KEEPIDLE, "TCP_KEEPIDLE");
_Static_assert(CONSTANT(TCP_KEEPINTVL) == TCP_KEEPINTVL, "TCP_KEEPINTVL");
_Static_assert(CONSTANT(TCP_KEEPCNT) == TCP_KEEPCNT, "TCP_KEEPCNT");
_Static_assert(CONSTANT(TCP_DEFER_ACCEPT) == TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT");
_Static_assert(CONSTANT(TCP_INFO) == TCP_INFO, "TCP_INFO");
_Static_assert(CONSTANT(TCP_QUICKACK) == TCP_QUICKACK, "TCP_QUICKACK");
_Static_assert(CONSTANT(TCP_CONGESTION) == TCP_CONGESTION, "TCP_CONGESTION");
_Static_assert(CONSTANT(TCP_USER_TIMEOUT) == TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT");
_Static_assert(CONSTANT(TCP_FASTOPEN) == TCP_FASTOPEN, "TCP_FASTOPEN");
_Static_assert(CONSTANT(TCP_NOTSENT_LOWAT) == TCP_NOTSENT_LOWAT, "TCP_NOTSENT_LOWAT");
_Static_assert(CONSTANT(TCP_FASTOPEN_CONNECT) == TCP_FASTOPEN_CONNECT, "TCP_FASTOPEN_CONNECT");
_Static_assert(CONSTANT(IFNAMSIZ) == IFNAMSIZ, "IFNAMSIZ");
_Static_assert(CONSTANT(TCP_CA_NAME_MAX) == 16, "TCP_CA_NAME_MAX"); /* only the kernel's own headers have it */
/* TcpInfo.State has this order. Its ends, and the states that servers look at, stand for the rest. */
_Static_assert(TCP_ESTABLISHED == 1 && TCP_CLOSE_WAIT == 8 && TCP_LISTEN == 10 && TCP_CLOSING == 11, "TCP states");

/* The structs of options, in the order of Options.Layout. */
static const size_t layout[] = {
    sizeof(struct linger),
    offsetof(struct linger, l_onoff),
    offsetof(struct linger, l_linger),
    sizeof(struct ucred),
    offsetof(struct ucred, pid),
    offsetof(struct ucred, uid),
    offsetof(struct ucred, gid),
    sizeof(struct ip_mreqn),
    offsetof(struct ip_mreqn, imr_address),
    offsetof(struct ip_mreqn, imr_ifindex),
};
_Static_assert(sizeof(struct ucred) == 3 * sizeof(int), "pid, uid and gid are ints");

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_layout(JNIEnv *env, jclass type, jint field) {
  (void)env, (void)type;
  if (field < 0 || (size_t)field >= sizeof layout / sizeof *layout) return -EINVAL;
  return (jint)layout[field];
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_get(JNIEnv *env, jclass type, jint fd, jint level,
                                                                jint option, jlong address, jint capacity) {
  (void)env, (void)type;
  socklen_t length = (socklen_t)capacity;
  return getsockopt(fd, level, option, pointer(address), &length) < 0 ? -errno : (jint)length;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_set(JNIEnv *env, jclass type, jint fd, jint level,
                                                                jint option, jlong address, jint length) {
  (void)env, (void)type;
  return result(setsockopt(fd, level, option, pointer(address), (socklen_t)length));
}

/* Moves the name to the front of the memory of its lookup. Both lookups return the errno instead of setting it. */
static jint nameToFront(int error, const char *name, char *memory) {
  if (error != 0) return -error;
  if (name == NULL) return 0;
  const size_t length = strlen(name);
  memmove(memory, name, length);
  return (jint)length;
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_userName(JNIEnv *env, jclass type, jint uid,
                                                                     jlong address, jint capacity) {
  (void)env, (void)type;
  char *const memory = pointer(address);
  struct passwd entry, *found = NULL;
  const int error = getpwuid_r((uid_t)uid, &entry, memory, (size_t)capacity, &found);
  return nameToFront(error, found == NULL ? NULL : found->pw_name, memory);
}

JNIEXPORT jint JNICALL Java_io_stepoll_internal_sys_Options_groupName(JNIEnv *env, jclass type, jint gid,
                                                                      jlong address, jint capacity) {
  (void)env, (void)type;
  char *const memory = pointer(address);
  struct group entry, *found = NULL;
  const int error = getgrgid_r((gid_t)gid, &entry, memory, (size_t)capacity, &found);
  return nameToFront(error, found == NULL ? NULL : found->gr_name, memory);
}
