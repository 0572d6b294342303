package io.stepoll.support;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The fault build of the shim, and the other C libraries of the tests beside it. A build whose shim is ready-made has
 * no C compiler and so none of them: {@code -Dfaults.library=none}.
 */
public final class FaultBuild {
    private static final String PROPERTY = "faults.library";

    private FaultBuild() {}

    /** The shim's file. Without a fault build the test that asks is skipped. */
    public static Path library() {
        String path = Objects.requireNonNull(System.getProperty(PROPERTY), "-D" + PROPERTY + " names no shim");
        assumeFalse(path.equals("none"), "there is no fault build of the shim, as there is no C compiler");
        return Path.of(path);
    }

    /** The option by which a child JVM finds it. Without a fault build the test that asks is skipped. */
    public static String option() {
        return "-D" + PROPERTY + "=" + library();
    }
}
