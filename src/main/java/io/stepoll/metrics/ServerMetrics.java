package io.stepoll.metrics;

/**
 * What a server has done since it was opened, on all its loops; or since an earlier snapshot.
 *
 * @param address of its listeners, as text
 * @param takenNanos when this was taken, by {@link System#nanoTime}
 * @param accepted the connections that its listeners have accepted, those included that were refused then
 * @param refused the connections that were turned away: for want of room, by a filter, or as no loop took them
 * @param ended the connections that were served and have ended
 * @param connections the connections that are served now; a difference has the later number
 * @since 0.1.0
 */
public record ServerMetrics(String address, long takenNanos, long accepted, long refused, long ended,
        long connections) {
    /**
     * Returns what has happened since an earlier snapshot.
     *
     * @param earlier an earlier snapshot of the same server
     * @return the difference
     */
    public ServerMetrics minus(ServerMetrics earlier) {
        return new ServerMetrics(address, takenNanos, accepted - earlier.accepted, refused - earlier.refused,
                ended - earlier.ended, connections);
    }
}
