package io.stepoll.support;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A JDK that another one may look like: a folder of classes that take the place of java.base's in a child JVM. Each
 * method changes one thing of which the library makes use.
 */
public final class ChangedJdk {
    private static final ClassDesc EXECUTOR = ClassDesc.of("java.util.concurrent.Executor");
    private static final ClassDesc OF_VIRTUAL = ClassDesc.of("java.lang.Thread$Builder$OfVirtual");
    private static final ClassDesc BUILDER = ClassDesc.of("java.lang.ThreadBuilders$VirtualThreadBuilder");
    private static final String CONSTRUCTOR = "(Ljava/util/concurrent/Executor;)V";

    private final Path folder;

    /** @param folder an empty one */
    public ChangedJdk(Path folder) {
        this.folder = folder;
    }

    /** The options with which a JVM is this JDK. */
    public List<String> options() {
        return List.of("--patch-module", "java.base=" + folder);
    }

    /** The package-private constructor of the builder of virtual threads, which takes the scheduler, is gone. */
    public ChangedJdk withoutConstructor() throws IOException {
        return change("java/lang/ThreadBuilders$VirtualThreadBuilder", (classBuilder, element) -> {
            if (!(element instanceof MethodModel method && method.methodName().equalsString(ConstantDescs.INIT_NAME)
                    && method.methodType().equalsString(CONSTRUCTOR))) {
                classBuilder.with(element);
            }
        });
    }

    /** The builder of virtual threads has a public method that takes an Executor as the scheduler. */
    public ChangedJdk withSchedulerMethod() throws IOException {
        return withSchedulerMethod(EXECUTOR);
    }

    /** The same method takes a Thread.VirtualThreadScheduler, which has a public method to make one of an Executor. */
    public ChangedJdk withSchedulerType() throws IOException {
        ClassDesc type = ClassDesc.of("java.lang.Thread$VirtualThreadScheduler");
        ClassDesc adapted = ClassDesc.of("java.lang.Thread$AdaptedScheduler");
        MethodTypeDesc execute = MethodTypeDesc.of(ConstantDescs.CD_void, ClassDesc.of("java.lang.Runnable"));
        // To be an Executor lets the builder keep it in the field that it has.
        write("java/lang/Thread$VirtualThreadScheduler", ClassFile.of().build(type, made -> made
                .withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_INTERFACE | ClassFile.ACC_ABSTRACT)
                .withInterfaceSymbols(EXECUTOR)
                .withMethodBody("adapt", MethodTypeDesc.of(type, EXECUTOR), ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code -> code.new_(adapted).dup().aload(0)
                                .invokespecial(adapted, ConstantDescs.INIT_NAME,
                                        MethodTypeDesc.of(ConstantDescs.CD_void, EXECUTOR))
                                .areturn())));
        write("java/lang/Thread$AdaptedScheduler", ClassFile.of().build(adapted, made -> made
                .withFlags(ClassFile.ACC_FINAL)
                .withInterfaceSymbols(type)
                .withField("executor", EXECUTOR, ClassFile.ACC_FINAL)
                .withMethodBody(ConstantDescs.INIT_NAME, MethodTypeDesc.of(ConstantDescs.CD_void, EXECUTOR), 0,
                        code -> code.aload(0)
                                .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void)
                                .aload(0).aload(1).putfield(adapted, "executor", EXECUTOR).return_())
                .withMethodBody("execute", execute, ClassFile.ACC_PUBLIC,
                        code -> code.aload(0).getfield(adapted, "executor", EXECUTOR).aload(1)
                                .invokeinterface(EXECUTOR, "execute", execute).return_())));
        return withSchedulerMethod(type);
    }

    private ChangedJdk withSchedulerMethod(ClassDesc parameter) throws IOException {
        MethodTypeDesc method = MethodTypeDesc.of(OF_VIRTUAL, parameter);
        change("java/lang/Thread$Builder$OfVirtual", ClassTransform.endHandler(interfaceBuilder -> interfaceBuilder
                .withMethod("scheduler", method, ClassFile.ACC_PUBLIC | ClassFile.ACC_ABSTRACT, ignored -> {})));
        return change("java/lang/ThreadBuilders$VirtualThreadBuilder", ClassTransform.endHandler(builder -> builder
                .withMethodBody("scheduler", method, ClassFile.ACC_PUBLIC,
                        code -> code.aload(0).aload(1).putfield(BUILDER, "scheduler", EXECUTOR).aload(0).areturn())));
    }

    /**
     * A virtual thread without a scheduler of its own gets the JDK's, also if it is started by one that has another.
     */
    public ChangedJdk withoutInheritance() throws IOException {
        CodeTransform jdksScheduler = new CodeTransform() {
            @Override
            public void atStart(CodeBuilder code) {
                code.aload(0)
                        .invokestatic(ClassDesc.of("java.lang.VirtualThread"), "defaultScheduler",
                                MethodTypeDesc.of(EXECUTOR))
                        .invokestatic(ClassDesc.of("java.util.Objects"), "requireNonNullElse", MethodTypeDesc.of(
                                ConstantDescs.CD_Object, ConstantDescs.CD_Object, ConstantDescs.CD_Object))
                        .checkcast(EXECUTOR).astore(0);
            }

            @Override
            public void accept(CodeBuilder code, CodeElement element) {
                code.with(element);
            }
        };
        return change("java/lang/ThreadBuilders", ClassTransform.transformingMethodBodies(
                method -> method.methodName().equalsString("newVirtualThread"), jdksScheduler));
    }

    /** Each virtual thread waits for a monitor before it comes to its body. */
    public ChangedJdk withMonitorBeforeEachBody(Class<?> monitor) throws IOException {
        ClassDesc type = ClassDesc.of(monitor.getName());
        CodeTransform enters = new CodeTransform() {
            @Override
            public void atStart(CodeBuilder code) {
                code.ldc(type).monitorenter().ldc(type).monitorexit();
            }

            @Override
            public void accept(CodeBuilder code, CodeElement element) {
                code.with(element);
            }
        };
        return change("java/lang/VirtualThread", ClassTransform.transformingMethodBodies(
                method -> method.methodName().equalsString("run") && method.methodType().equalsString(
                        "(Ljava/lang/Runnable;)V"), enters));
    }

    /** The field of a file channel that has its descriptor has another name. */
    public ChangedJdk withoutDescriptorOfChannel() throws IOException {
        return renameField("sun/nio/ch/FileChannelImpl", "fd", "anotherName");
    }

    private ChangedJdk renameField(String owner, String from, String to) throws IOException {
        ClassTransform declaration = (builder, element) -> {
            if (element instanceof FieldModel field && field.fieldName().equalsString(from)) {
                builder.withField(to, field.fieldTypeSymbol(), field.flags().flagsMask());
            } else {
                builder.with(element);
            }
        };
        CodeTransform uses = (code, element) -> {
            if (element instanceof FieldInstruction use && use.owner().asInternalName().equals(owner)
                    && use.name().equalsString(from)) {
                code.fieldAccess(use.opcode(), use.owner().asSymbol(), to, use.typeSymbol());
            } else {
                code.with(element);
            }
        };
        return change(owner, declaration.andThen(ClassTransform.transformingMethodBodies(uses)));
    }

    /** Changes a class of java.base, as it is or as a former call has left it. */
    private ChangedJdk change(String name, ClassTransform transform) throws IOException {
        Path changed = folder.resolve(name + ".class");
        ClassModel model;
        if (Files.exists(changed)) {
            model = ClassFile.of().parse(changed);
        } else {
            try (var original = Object.class.getResourceAsStream("/" + name + ".class")) {
                model = ClassFile.of().parse(original.readAllBytes());
            }
        }
        write(name, ClassFile.of().transformClass(model, transform));
        return this;
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = folder.resolve(name + ".class");
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }
}
