package io.stepoll.net;

/**
 * Which process is at the other end of a Unix socket, by numbers: the process that connected or listened, as it was
 * then. A descriptor can be passed on, so another process may use the socket by now. See unix(7).
 *
 * @param pid of the process; 0 if there is none, or none that can be seen from here
 * @param uid of its effective user; -1 if there is none
 * @param gid of its effective group; -1 if there is none
 * @since 0.1.0
 */
public record PeerCredentials(int pid, int uid, int gid) {}
