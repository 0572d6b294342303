package io.stepoll.internal.sys;

/** The project's version; CMakeLists.txt checks that it is pom.xml's. */
final class Version {
    static final String VERSION = "0.1.0-SNAPSHOT";

    private Version() {}
}
