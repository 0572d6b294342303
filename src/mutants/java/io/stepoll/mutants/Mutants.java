package io.stepoll.mutants;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.pitest.classinfo.ClassName;
import org.pitest.classpath.ClassloaderByteArraySource;
import org.pitest.mutationtest.EngineArguments;
import org.pitest.mutationtest.engine.Mutater;
import org.pitest.mutationtest.engine.MutationDetails;
import org.pitest.mutationtest.engine.gregor.config.GregorEngineFactory;

/**
 * Changes the classes of the core, one place at a time, and looks whether a test notices.
 *
 * <p>PIT's engine makes the changed classes. PIT's own runner does not fit: a change of the core mostly makes a loop
 * stand still, every test runs through the core, and the runner then waits for the longest of them. Here each mutant
 * has a JVM of its own, {@link TestRun}, which runs the quick tests first. It ends with the first failure, or with the
 * first test that takes ten times as long as it should.
 *
 * <p>Arguments: the folder for the results, and the tests' JVM options, as one argument each. The properties of {@code
 * pom.xml}'s profile choose classes, tests and the share of mutants.
 */
public final class Mutants {
    private static final int KILLED = 1;
    private static final int STOOD_STILL = 2;
    private static final int KILLER_LENGTH = 160; // of a test's name and message, in characters

    private final Path folder;
    private final List<String> jvmOptions;
    private final Path tests;
    private final Path report;

    private Mutants(Path folder, List<String> jvmOptions) {
        this.folder = folder;
        this.jvmOptions = jvmOptions;
        tests = folder.resolve("tests.txt");
        report = folder.resolve("report.txt");
    }

    static void main(String[] args) throws Exception {
        Path folder = Files.createDirectories(Path.of(args[0]));
        new Mutants(folder, List.of(args).subList(1, args.length)).run();
    }

    private void run() throws Exception {
        if (!Files.exists(tests)) {
            measureTests();
        }
        Set<String> done = new LinkedHashSet<>();
        if (Files.exists(report)) {
            Files.readAllLines(report).forEach(line -> done.add(line.substring(line.indexOf(' ') + 1).split(" # ")[0]));
        }
        var classes = new ClassloaderByteArraySource(Mutants.class.getClassLoader());
        Mutater engine = new GregorEngineFactory().createEngine(EngineArguments.arguments()).createMutator(classes);
        int share = Integer.getInteger("mutants.share", 3);
        int number = 0;
        for (String name : classNames()) {
            for (MutationDetails mutant : mutantsOf(engine, name)) {
                if (number++ % share == 0 && !done.contains(describe(mutant))) {
                    String outcome = outcome(name, engine.getMutation(mutant.getId()).getBytes());
                    String line = outcome.replaceFirst(" .*", "") + " " + describe(mutant)
                            + (outcome.contains(" ") ? " # " + outcome.substring(outcome.indexOf(' ') + 1) : "") + "\n";
                    System.out.print(line);
                    Files.writeString(report, line, CREATE, APPEND);
                }
            }
        }
        summarize();
    }

    /** The classes to change, with their nested ones: names without a {@code $} of the property's list. */
    private static List<String> classNames() throws IOException {
        Path root = Path.of(System.getProperty("mutants.main"));
        List<String> wanted = List.of(System.getProperty("mutants.classes").split(","));
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString()).filter(file -> file.endsWith(".class"))
                    .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> wanted.contains(name.replaceFirst("\\$.*", ""))).sorted().toList();
        }
    }

    /**
     * All mutants of a class, in the order of its lines, without those of {@code assert}, which are tests themselves,
     * and those of what the compiler adds.
     */
    private static List<MutationDetails> mutantsOf(Mutater engine, String name) throws IOException {
        Path source = Path.of("src/main/java", name.replaceFirst("\\$.*", "").replace('.', '/') + ".java");
        List<String> lines = Files.readAllLines(source);
        return engine.findMutations(ClassName.fromString(name)).stream()
                .filter(mutant -> mutant.getLineNumber() < 1 || !isOfAssert(lines, mutant.getLineNumber() - 1))
                .filter(mutant -> !mutant.getMethod().equals("<clinit>") && !mutant.getMethod().equals("valueOf"))
                .filter(mutant -> mutant.getLineNumber() < 1 || !isSame(lines.get(mutant.getLineNumber() - 1), mutant))
                .sorted(Comparator.comparing(MutationDetails::getLineNumber).thenComparing(Mutants::describe)).toList();
    }

    private static boolean isOfAssert(List<String> lines, int index) {
        return lines.get(index).stripLeading().startsWith("assert ")
                || lines.get(index).stripLeading().startsWith(":") && isOfAssert(lines, index - 1);
    }

    /** Whether the change is what the line says already: {@code return false} is changed to return false. */
    private static boolean isSame(String line, MutationDetails mutant) {
        return mutant.getDescription().matches("replaced .*return.* with (true|false|0|null|0L) .*")
                && line.contains("return " + mutant.getDescription().replaceFirst(".* with (\\S+) .*", "$1") + ";");
    }

    private static String describe(MutationDetails mutant) {
        return mutant.getClassName().getNameWithoutPackage().asJavaName() + "." + mutant.getMethod() + ":"
                + mutant.getLineNumber() + " " + mutant.getDescription().replaceAll("\\s+", " ") + " at "
                + mutant.getInstructionIndex();
    }

    /** Runs the tests without a change, and keeps their list, quick ones first. */
    private void measureTests() throws Exception {
        Path root = Path.of(System.getProperty("mutants.tests"));
        String packages = System.getProperty("mutants.packages");
        List<String> names;
        try (Stream<Path> files = Files.walk(root)) {
            names = files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.endsWith("Test.class") && file.matches(packages))
                    .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .sorted().toList();
        }
        Path all = Files.write(folder.resolve("all-tests.txt"), names.stream().map(name -> name + " 60000").toList());
        Path times = folder.resolve("times.txt");
        int status = child(List.of("-Dmutants.times=" + times), all, null);
        if (status != 0) {
            throw new IllegalStateException("the tests fail without a change, with status " + status + ": "
                    + Files.readString(folder.resolve("killer.txt")));
        }
        List<String> sorted = new ArrayList<>(Files.readAllLines(times));
        sorted.sort(Comparator.comparingLong(line -> Long.parseLong(line.split(" ")[1])));
        Files.write(tests, sorted);
    }

    private String outcome(String name, byte[] changed) throws Exception {
        Path classes = folder.resolve("changed");
        Path file = classes.resolve(name.replace('.', '/') + ".class");
        Files.createDirectories(file.getParent());
        Files.write(file, changed);
        Path killer = folder.resolve("killer.txt");
        Files.deleteIfExists(killer);
        int status = child(List.of(), tests, classes);
        Files.delete(file);
        String who = Files.exists(killer) ? Files.readString(killer).lines().findFirst().orElse("") : "";
        who = who.substring(0, Math.min(who.length(), KILLER_LENGTH));
        return switch (status) {
            case 0 -> "SURVIVED";
            case KILLED -> "KILLED " + who;
            case STOOD_STILL -> "KILLED still in " + who;
            default -> "KILLED by an end of the JVM with status " + status + " in " + who;
        };
    }

    private int child(List<String> options, Path list, Path first) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(options);
        command.add("-cp");
        String path = System.getProperty("java.class.path");
        command.add(first == null ? path : first + File.pathSeparator + path);
        command.add(TestRun.class.getName());
        command.add(list.toString());
        command.add(folder.resolve("killer.txt").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile()).start();
        return process.waitFor();
    }

    private void summarize() throws IOException {
        List<String> lines = Files.readAllLines(report);
        long killed = lines.stream().filter(line -> line.startsWith("KILLED")).count();
        System.out.println(killed + " of " + lines.size() + " mutants killed; the survivors:");
        lines.stream().filter(line -> line.startsWith("SURVIVED")).forEach(System.out::println);
    }
}
