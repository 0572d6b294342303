package io.stepoll.internal.sys;

/** The project's version. CMakeLists.txt checks that pom.xml has the same. */
public final class Version {
    public static final String VERSION = "0.1.0-SNAPSHOT";

    private Version() {}
}
