package io.stepoll;

/**
 * Finds what implements the contract of this package. This is the one way that leads up, from the contract to the
 * rooms that know it. The way goes by the name of a class, so that no package depends on one that depends on it.
 * {@link java.util.ServiceLoader} would do the same, but it opens each jar of the class path, which doubled the time of
 * a program's first {@link EventLoop#open()}.
 */
final class Implementation {
    private Implementation() {}

    /**
     * Makes an object of an implementing class.
     *
     * @param type what the class implements
     * @param name of the class, below {@code io.stepoll.internal}
     */
    static <T> T of(Class<T> type, String name) {
        try {
            return type.cast(Class.forName("io.stepoll.internal." + name).getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this copy of stepoll is not complete: io.stepoll.internal." + name, e);
        }
    }
}
