package io.fjord.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProblemPagesTest {

    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern SLUG = Pattern.compile("Problem\\s*\\.of\\(\\s*\"([a-z0-9-]+)\"");

    @Test
    void every_problem_has_its_page_and_every_page_its_problem() throws IOException {
        TreeSet<String> pages = new TreeSet<>();
        try (Stream<Path> files = Files.list(ROOT.resolve("schemas/problems"))) {
            files.forEach(file -> pages.add(file.getFileName().toString().replace(".md", "")));
        }

        TreeSet<String> withoutPage = slugs();
        withoutPage.removeAll(pages);
        assertThat(withoutPage)
                .as("problems without a page in schemas/problems")
                .isEmpty();
        pages.removeAll(slugs());
        assertThat(pages).as("pages of problems that nobody has").isEmpty();
    }

    @Test
    void every_page_says_why_and_what_to_do() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("schemas/problems"))) {
            assertThat(files)
                    .allSatisfy(file -> assertThat(Files.readString(file))
                            .startsWith("# ")
                            .contains("\nStatus ")
                            .contains("\n## What to do\n"));
        }
    }

    private static TreeSet<String> slugs() throws IOException {
        TreeSet<String> slugs = new TreeSet<>();
        for (String part : List.of("services", "events", "streaming-jobs")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(part))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> file.toString().contains("src/main/"))
                        // The contract suites of tests have problems of their own.
                        .filter(file -> !file.toString().contains("platform/testing"))
                        .forEach(file -> addSlugs(file, slugs));
            }
        }
        return slugs;
    }

    private static void addSlugs(Path file, TreeSet<String> slugs) {
        try {
            Matcher matcher = SLUG.matcher(Files.readString(file));
            while (matcher.find()) {
                slugs.add(matcher.group(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
