package io.stepoll.support;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Functions of a native library that is made for tests. They all begin with the same prefix. */
public final class NativeFunctions {
    private final SymbolLookup library;
    private final String prefix;

    @SuppressWarnings("restricted")
    public NativeFunctions(Path library, String prefix) {
        this.library = SymbolLookup.libraryLookup(library, Arena.global());
        this.prefix = prefix;
    }

    /**
     * One of the functions.
     *
     * @param result null for none
     */
    @SuppressWarnings("restricted")
    public MethodHandle find(String name, MemoryLayout result, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(prefix + name), result == null
                ? FunctionDescriptor.ofVoid(parameters) : FunctionDescriptor.of(result, parameters));
    }

    /** Calls a function. */
    public static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
