package io.stepoll.net;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.Emulator;
import io.stepoll.support.Looks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A descriptor to pass, and the numbers of those that have come. */
abstract class PassingFixture extends SocketFixture {
    private static int idle;

    final List<Integer> numbers = new ArrayList<>();
    int passed;

    @BeforeAll
    static void begin() {
        idle = Integer.MAX_VALUE;
    }

    @BeforeEach
    void openPassed() throws Exception {
        // Another thread may still close what the last test has passed. An emulator opens some itself.
        Looks.until(() -> openDescriptors() <= idle || !Emulator.isAbsent());
        idle = openDescriptors();
        passed = Descriptors.eventfd();
    }

    @AfterEach
    void closePassed() {
        Descriptors.close(passed);
        numbers.forEach(Descriptors::close);
    }
}
