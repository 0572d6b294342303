package io.stepoll.sync;

/** The places of a channel that are free, by their numbers. */
final class Places extends Supply {
    private final IndexStack free;

    Places(int count) {
        free = new IndexStack(count);
    }

    @Override
    int tryTake() {
        return free.pop();
    }

    @Override
    void put(int place) {
        free.push(place);
    }
}
