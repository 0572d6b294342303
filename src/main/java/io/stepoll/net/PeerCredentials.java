package io.stepoll.net;

/**
 * Who is at the other end of a Unix socket, by numbers: the process that connected, as it was then, or the one that
 * listened. A descriptor can be passed on, so another process may use it by now. See unix(7).
 *
 * @param pid the process; 0 if there is none, or none that can be seen from here
 * @param uid its effective user; -1 if there is none
 * @param gid its effective group; -1 if there is none
 */
public record PeerCredentials(int pid, int uid, int gid) {}
