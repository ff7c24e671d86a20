package io.fjord.embedded.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.junit.jupiter.api.Test;

/** Whatever another version of S3Proxy forwards to the store behind must come by here first. */
class SomeFilesTest {

    /** About no file, and about no bucket; and the store itself, which is asked for its kind alone. */
    private static final Set<String> HARMLESS = Set.of(
            "close()",
            "delegate()",
            "getMinimumMultipartPartSize()",
            "supportsBucketEncryption()",
            "supportsServerSideEncryption()",
            "supportsVersioning()");

    @Test
    void nothing_reaches_the_store_unseen() {
        Set<String> unseen = signatures(ForwardingBlobStore.class);
        unseen.removeAll(HARMLESS);
        unseen.removeAll(signatures(SomeFiles.class));

        assertThat(unseen)
                .as("forwarded to the store without a look at what it is about")
                .isEmpty();
    }

    /** What has a body in the interface itself asks for others, by way of {@code this}. */
    @Test
    void what_is_not_forwarded_is_made_of_what_is() {
        Set<String> abstractOnes = new TreeSet<>();
        for (Method method : BlobStore.class.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers())) {
                abstractOnes.add(signature(method));
            }
        }

        assertThat(signatures(ForwardingBlobStore.class)).containsAll(abstractOnes);
    }

    private static Set<String> signatures(Class<?> type) {
        List<Method> methods = Stream.of(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .toList();
        Set<String> signatures = new TreeSet<>();
        methods.forEach(method -> signatures.add(signature(method)));
        return signatures;
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .toList()
                        .toString()
                        .replace('[', '(')
                        .replace(']', ')');
    }
}
