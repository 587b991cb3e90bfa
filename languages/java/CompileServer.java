import com.sun.management.OperatingSystemMXBean;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import com.sun.source.util.TreeScanner;
import com.sun.tools.javac.api.JavacTaskImpl;
import com.sun.tools.javac.api.JavacTaskPool;
import com.sun.tools.javac.api.JavacTool;
import com.sun.tools.javac.main.Main;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A warm javac. Descriptor 0 is a socket: a request is the length and the bytes of a source file, a reply (length first)
 * a verdict, the microseconds of CPU, the compiler's output and the class files, each text or file with its length
 * before it. Sources and class files stay in memory, and there is one task at a time.
 *
 * <p>javac's context (symbols of the JDK, read once) serves many tasks as long as all it has seen are programs of one
 * class in the unnamed package: when a task ends, the context forgets that class, but not the classes inside it, and
 * what was said of those would stick to the next program's classes of the same names. Whatever failed in a used context
 * is compiled again in a context of its own, which decides. What plain javac would call a crash is left to plain javac.
 */
public final class CompileServer {
    private static final int COMPILED = 0;
    private static final int ERRORS = 1;
    private static final int CRASHED = 2;
    /** Uses of a context: names that programs made up stay in javac's name table. */
    private static final int CONTEXT_USES = 500;

    private final List<String> options;
    private final String sourcePath;
    private final MemoryFiles files = new MemoryFiles();
    private JavacTaskPool pool;
    private int uses;
    private boolean reusable;

    private CompileServer(String sourcePath, String classPath) {
        this.sourcePath = sourcePath;
        this.options = List.of("-encoding", "UTF8", "-proc:none", "-cp", classPath);
        renew();
    }

    /** One compilation: its verdict, its output as javac prints it, its class files by name. */
    private static final class Compilation {
        int verdict = CRASHED;
        final StringWriter output = new StringWriter();
        final Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;
        private final String path;

        Source(String path, String text) {
            super(URI.create("file://" + path), Kind.SOURCE);
            this.path = path;
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }

        @Override
        public String getName() {
            return path;
        }
    }

    /**
     * Takes class files and gives those of the JDK and the class path. Nothing of a program's is in it but the class
     * files of the task at hand, so that one serves all contexts, and what a package holds is listed once.
     */
    private static final class MemoryFiles extends ForwardingJavaFileManager<StandardJavaFileManager> {
        Map<String, ByteArrayOutputStream> classes;
        private final Map<List<Object>, List<JavaFileObject>> packages = new HashMap<>();
        private final Map<JavaFileObject, String> binaryNames = new IdentityHashMap<>();

        MemoryFiles() {
            super(ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, StandardCharsets.UTF_8));
        }

        @Override
        public Iterable<JavaFileObject> list(JavaFileManager.Location location, String packageName,
                Set<JavaFileObject.Kind> kinds, boolean recurse) throws IOException {
            List<Object> key = List.of(location, packageName, Set.copyOf(kinds), recurse);
            List<JavaFileObject> known = packages.get(key);
            if (known != null) {
                return known;
            }
            List<JavaFileObject> found = new ArrayList<>();
            super.list(location, packageName, kinds, recurse).forEach(found::add);
            // Empty ones are the names that programs make up, without end.
            if (!found.isEmpty()) {
                packages.put(key, found);
                for (JavaFileObject file : found) {
                    binaryNames.put(file, super.inferBinaryName(location, file));
                }
            }
            return found;
        }

        @Override
        public String inferBinaryName(JavaFileManager.Location location, JavaFileObject file) {
            String known = binaryNames.get(file);
            return known != null ? known : super.inferBinaryName(location, file);
        }

        /** A context's end is not the end of the files. */
        @Override
        public void close() {
        }

        @Override
        public JavaFileObject getJavaFileForOutput(JavaFileManager.Location location, String className,
                JavaFileObject.Kind kind, FileObject sibling) {
            String name = className.replace('.', '/') + kind.extension;
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            classes.put(name, bytes);
            return new SimpleJavaFileObject(URI.create("memory:///class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return bytes;
                }

                @Override
                public String getName() {
                    return name;
                }
            };
        }
    }

    private void renew() {
        pool = new JavacTaskPool(1);
        uses = 0;
    }

    /** Compiles in the context at hand. What is wrong is not said: a used context needs a listener for that. */
    private Compilation compileInUsedContext(String text) {
        Compilation compilation = new Compilation();
        files.classes = compilation.classes;
        ++uses;
        boolean[] leavesTraces = {false};
        TaskListener parsed = new TaskListener() {
            @Override
            public void finished(TaskEvent event) {
                leavesTraces[0] |= event.getKind() == TaskEvent.Kind.PARSE && !isOneClass(event.getCompilationUnit());
            }
        };
        try {
            Main.Result result = pool.getTask(new PrintWriter(compilation.output), files, problem -> {}, options, null,
                    List.of(new Source(sourcePath, text)), task -> {
                        task.addTaskListener(parsed);
                        return ((JavacTaskImpl) task).doCall();
                    });
            compilation.verdict = verdict(result);
        } catch (RuntimeException | AssertionError | StackOverflowError crash) {
            compilation.verdict = CRASHED;
        }
        reusable = compilation.verdict != CRASHED && !leavesTraces[0] && uses < CONTEXT_USES;
        return compilation;
    }

    /** Whether a context forgets the program. Counts local and anonymous classes too. */
    private static boolean isOneClass(CompilationUnitTree unit) {
        int[] classes = {0};
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitClass(ClassTree tree, Void nothing) {
                ++classes[0];
                return super.visitClass(tree, nothing);
            }
        }.scan(unit, null);
        return unit.getPackageName() == null && unit.getModule() == null && classes[0] <= 1;
    }

    private Compilation compileInNewContext(String text) {
        Compilation compilation = new Compilation();
        files.classes = compilation.classes;
        try {
            JavacTaskImpl task = (JavacTaskImpl) JavacTool.create().getTask(new PrintWriter(compilation.output), files,
                    null, options, null, List.of(new Source(sourcePath, text)));
            compilation.verdict = verdict(task.doCall());
        } catch (RuntimeException | AssertionError | StackOverflowError crash) {
            compilation.verdict = CRASHED;
        }
        return compilation;
    }

    private static int verdict(Main.Result result) {
        return result == Main.Result.OK ? COMPILED : result == Main.Result.ERROR ? ERRORS : CRASHED;
    }

    private Compilation compile(String text) {
        Compilation compilation = compileInUsedContext(text);
        if (!reusable) {
            renew();
        }
        return compilation.verdict == COMPILED ? compilation : compileInNewContext(text);
    }

    private static byte[] encode(Compilation compilation, long cpuMicroseconds) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(compilation.verdict);
        out.writeLong(cpuMicroseconds);
        byte[] text = compilation.output.toString().getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
        if (compilation.verdict == COMPILED) {
            for (Map.Entry<String, ByteArrayOutputStream> file : compilation.classes.entrySet()) {
                byte[] name = file.getKey().getBytes(StandardCharsets.UTF_8);
                out.writeInt(name.length);
                out.write(name);
                out.writeInt(file.getValue().size());
                file.getValue().writeTo(out);
            }
        }
        return bytes.toByteArray();
    }

    /** Arguments: the path that messages call the source by, and the class path of the programs. */
    public static void main(String[] arguments) throws Exception {
        DataInputStream requests = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
        DataOutputStream replies =
                new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.in)));
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        CompileServer server = new CompileServer(arguments[0], arguments[1]);
        for (;;) {
            byte[] source;
            try {
                source = new byte[requests.readInt()];
            } catch (EOFException hungUp) {
                return;
            }
            requests.readFully(source);
            long before = process.getProcessCpuTime();
            Compilation compilation = server.compile(new String(source, StandardCharsets.UTF_8));
            byte[] reply = encode(compilation, (process.getProcessCpuTime() - before) / 1000);
            replies.writeInt(reply.length);
            replies.write(reply);
            replies.flush();
        }
    }
}
