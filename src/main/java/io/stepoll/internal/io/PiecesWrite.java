package io.stepoll.internal.io;

import java.lang.ref.Reference;

/** writev(2) of a queue's pieces, without a copy. As many go as one call takes. */
final class PiecesWrite extends Operation<Pieces> {
    static final PiecesWrite CALL = new PiecesWrite();

    private PiecesWrite() {
        super(Flow.OUT);
    }

    @Override
    long attempt(OpenDescriptor target, Pieces pieces) {
        Vector vector = target.io.vector();
        vector.clear();
        for (int i = 0; i < pieces.count() && vector.hasRoom() && pieces.length(i) > 0; i++) {
            vector.add(pieces.address(i), pieces.length(i));
        }
        int written = VectorWrite.write(target, vector);
        Reference.reachabilityFence(pieces);
        return written;
    }
}
