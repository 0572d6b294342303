package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.loop.Loop;
import io.stepoll.support.ClassFiles;
import japicmp.cmp.JApiCmpArchive;
import japicmp.cmp.JarArchiveComparator;
import japicmp.cmp.JarArchiveComparatorOptions;
import japicmp.filter.JavadocLikePackageFilter;
import japicmp.model.AccessModifier;
import japicmp.model.JApiClass;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/**
 * The profiles api and release compare the jar with that of the last release, by japicmp. Here japicmp compares, with
 * what the build leaves out, jars of a made-up release: each has one method that is not there.
 */
class ApiBreakTest {
    private static final List<Class<?>> CLASSES = List.of(EventLoop.class, Task.class, Loop.class);

    @Test
    void aMethodThatWasTakenAwayIsFound() throws Exception {
        assertEquals(List.of("io.stepoll.EventLoop"), broken(jar(EventLoop.class)));
    }

    @Test
    void whatIsInternalMayGo() throws Exception {
        assertEquals(List.of(), broken(jar(Loop.class)));
    }

    private static List<String> broken(byte[] release) throws Exception {
        JarArchiveComparatorOptions options = new JarArchiveComparatorOptions();
        options.setAccessModifier(AccessModifier.PROTECTED);
        options.getIgnoreMissingClasses().setIgnoreAllMissingClasses(true);
        for (String left : leftOut()) {
            options.getFilters().getExcludes().add(new JavadocLikePackageFilter(left, false));
        }
        List<JApiClass> compared = new JarArchiveComparator(options).compare(
                new JApiCmpArchive(release, "release.jar", "1"), new JApiCmpArchive(jar(null), "present.jar", "2"));
        assertTrue(compared.size() >= 2, "it has compared " + compared);
        return compared.stream().filter(type -> !type.isBinaryCompatible()).map(JApiClass::getFullyQualifiedName)
                .toList();
    }

    /** The packages that the build leaves out. */
    private static List<String> leftOut() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        String plugin = pom.substring(pom.indexOf("<artifactId>japicmp-maven-plugin</artifactId>"));
        Matcher exclude = Pattern.compile("<exclude>(.*?)</exclude>")
                .matcher(plugin.substring(0, plugin.indexOf("</plugin>")));
        List<String> packages = exclude.results().map(found -> found.group(1)).toList();
        assertTrue(packages.contains("io.stepoll.internal"), "the build leaves out " + packages);
        return packages;
    }

    /** @param richer the class that has a method more */
    private static byte[] jar(Class<?> richer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream jar = new ZipOutputStream(bytes)) {
            for (Class<?> type : CLASSES) {
                jar.putNextEntry(new ZipEntry(type.getName().replace('.', '/') + ".class"));
                ClassModel model = ClassFiles.of(type);
                ClassTransform change = type == richer ? withMethod() : ClassTransform.ACCEPT_ALL;
                jar.write(ClassFile.of().transformClass(model, change));
            }
        }
        return bytes.toByteArray();
    }

    private static ClassTransform withMethod() {
        return ClassTransform.endHandler(type -> type.withMethod("gone", MethodTypeDesc.of(ConstantDescs.CD_void),
                ClassFile.ACC_PUBLIC | ClassFile.ACC_ABSTRACT, _ -> {}));
    }
}
