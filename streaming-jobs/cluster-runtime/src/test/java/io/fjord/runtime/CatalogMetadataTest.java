package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CatalogMetadataTest {

    @Test
    void patterns_are_those_of_jdbc() {
        assertThat(CatalogMetadata.like(null).test("x")).isTrue();
        assertThat(CatalogMetadata.like("").test("x")).isTrue();
        assertThat(CatalogMetadata.like("a%").test("abc")).isTrue();
        assertThat(CatalogMetadata.like("a_c").test("ABC")).isTrue();
        assertThat(CatalogMetadata.like("a\\_c").test("abc")).isFalse();
        assertThat(CatalogMetadata.like("a\\_c").test("a_c")).isTrue();
        assertThat(CatalogMetadata.like("a.c").test("abc")).isFalse();
        assertThat(CatalogMetadata.like("(a").test("(a")).isTrue();
    }
}
