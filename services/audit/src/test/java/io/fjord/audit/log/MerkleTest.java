package io.fjord.audit.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The tree against the definition in RFC 6962, which is slow and plain. */
class MerkleTest {

    private static byte[] rootByDefinition(List<byte[]> leaves) {
        if (leaves.isEmpty()) {
            return Merkle.empty();
        }
        if (leaves.size() == 1) {
            return Merkle.leaf(leaves.get(0));
        }
        int k = (int) Merkle.split(leaves.size());
        return Merkle.node(rootByDefinition(leaves.subList(0, k)), rootByDefinition(leaves.subList(k, leaves.size())));
    }

    /** The eight leaves of certificate-transparency's own tests. */
    @Test
    void roots_are_those_everybody_computes() {
        List<byte[]> leaves = new ArrayList<>();
        for (String hex : List.of(
                "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")) {
            leaves.add(HexFormat.of().parseHex(hex));
        }
        GrowingLog log = GrowingLog.empty();
        assertThat(log.root())
                .asHexString()
                .isEqualToIgnoringCase("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        log.add(leaves.get(0));
        assertThat(log.root())
                .asHexString()
                .isEqualToIgnoringCase("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        leaves.subList(1, 8).forEach(log::add);
        assertThat(log.root())
                .asHexString()
                .isEqualToIgnoringCase("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    @Test
    void a_tree_that_grows_has_the_roots_of_the_definition_and_its_proofs_hold() {
        int most = 1_300;
        List<byte[]> entries = LogOfTests.entries(most);
        Map<Tile, byte[]> files = new HashMap<>();
        GrowingLog log = GrowingLog.empty();
        Random random = new Random(7);
        List<Integer> sizes = new ArrayList<>();
        Map<Integer, byte[]> roots = new HashMap<>();
        for (int size = 1; size <= most; size++) {
            log.add(entries.get(size - 1));
            if (size <= 20 || size % 256 < 2 || random.nextInt(20) == 0) {
                GrowingLog.Grown grown = log.grown();
                files.putAll(grown.files());
                sizes.add(size);
                roots.put(size, grown.root());
                assertThat(grown.root()).isEqualTo(rootByDefinition(entries.subList(0, size)));
                byte[] bundle = files.get(new Tile(Tile.ENTRIES, (size - 1) / 256, (size - 1) % 256 + 1));
                assertThat(Bundle.entries(bundle)).hasSize((size - 1) % 256 + 1);
                // As it stands in the files it goes on the same.
                GrowingLog again =
                        GrowingLog.load(size, files::get, size % 256 == 0 ? List.of() : Bundle.entries(bundle));
                assertThat(again.root()).isEqualTo(grown.root());
                log = again;
            }
        }
        for (int i = 0; i < 300; i++) {
            int size = sizes.get(random.nextInt(sizes.size()));
            int old = sizes.get(random.nextInt(sizes.size()));
            int leaf = random.nextInt(size);
            Hashes hashes = new Hashes(files::get, size);
            byte[] root = roots.get(size);
            byte[] hash = Merkle.leaf(entries.get(leaf));
            List<byte[]> proof = hashes.inclusion(leaf, size);
            assertThat(Proofs.includes(hash, leaf, size, root, proof)).isTrue();
            assertThat(Proofs.includes(Merkle.leaf(entries.get((leaf + 1) % most)), leaf, size, root, proof))
                    .isFalse();
            assertThat(Proofs.includes(hash, leaf + 1, size, root, proof)).isFalse();
            if (old <= size) {
                assertThat(hashes.root(old)).isEqualTo(roots.get(old));
                List<byte[]> consistency = hashes.consistency(old, size);
                assertThat(Proofs.continues(old, roots.get(old), size, root, consistency))
                        .isTrue();
                assertThat(Proofs.continues(old, hash, size, root, consistency)).isFalse();
                if (!consistency.isEmpty()) {
                    assertThat(Proofs.continues(old, roots.get(old), size, hash, consistency))
                            .isFalse();
                    consistency.get(random.nextInt(consistency.size()))[3] ^= 1;
                    assertThat(Proofs.continues(old, roots.get(old), size, root, consistency))
                            .isFalse();
                }
            }
            int end = leaf + 1 + random.nextInt(size - leaf);
            byte[] leaves = new byte[(end - leaf) * Merkle.HASH_BYTES];
            for (int n = leaf; n < end; n++) {
                System.arraycopy(Merkle.leaf(entries.get(n)), 0, leaves, (n - leaf) * 32, 32);
            }
            List<byte[]> beside = hashes.beside(leaf, end, size);
            assertThat(Proofs.contains(leaves, leaf, size, root, beside)).isTrue();
            assertThat(Proofs.contains(leaves, leaf + 1, size, root, beside)).isFalse();
            leaves[random.nextInt(leaves.length)] ^= 4;
            assertThat(Proofs.contains(leaves, leaf, size, root, beside)).isFalse();
        }
    }

    @Test
    void only_files_nobody_needs_any_more_are_superseded() {
        GrowingLog log = GrowingLog.empty();
        LogOfTests.entries(255).forEach(log::add);
        assertThat(log.grown().superseded()).isEmpty();
        log.add(LogOfTests.entry(256, "x"));
        assertThat(log.grown().superseded())
                .containsExactlyInAnyOrder(new Tile(Tile.ENTRIES, 0, 255), new Tile(0, 0, 255));
    }

    @Test
    void paths_are_those_of_the_specification() {
        assertThat(new Tile(0, 1_234_067, 256).path()).isEqualTo("tile/0/x001/x234/067");
        assertThat(new Tile(Tile.ENTRIES, 273, 112).path()).isEqualTo("tile/entries/273.p/112");
        assertThat(new Tile(1, 1, 17).path()).isEqualTo("tile/1/001.p/17");
        for (String path : List.of("tile/0/x001/x234/067", "tile/entries/273.p/112", "tile/63/000")) {
            assertThat(Tile.parse(path).orElseThrow().path()).isEqualTo(path);
        }
        for (String path : List.of(
                "tile/0/1",
                "tile/00/001",
                "tile/64/001",
                "tile/0/x000/001",
                "tile/0/001.p/0",
                "tile/0/001.p/256",
                "tile/0/001.p/01",
                "tile/0/../001",
                "tile/entries/001/",
                "tile/x/001")) {
            assertThat(Tile.parse(path)).as(path).isEmpty();
        }
    }

    /** The note and the key of golang.org/x/mod/sumdb/note's documentation. */
    @Test
    void notes_of_others_verify() {
        NoteKey key = NoteKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
        SignedNote note = SignedNote.parse(
                "If you think cryptography is the answer to your problem,\n"
                        + "then you don't know what your problem is.\n"
                        + "\n"
                        + "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n");
        assertThat(note.isSignedBy(key)).isTrue();
        assertThat(new SignedNote(note.text().replace("the answer", "no answer"), note.signatures()).isSignedBy(key))
                .isFalse();
        assertThat(key.toString()).startsWith("PeterNeumann+c74f20a3+");
        assertThatThrownBy(() -> NoteKey.parse("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_note_is_signed_the_same_each_time_and_a_witness_says_when() {
        NoteSigner signer = LogOfTests.SIGNER;
        String text = new Checkpoint("fjord.test/audit", 0, Merkle.empty()).text();
        SignedNote note = signer.sign(text);
        assertThat(signer.sign(text).toString()).isEqualTo(note.toString());
        assertThat(SignedNote.parse(note.toString())
                        .isSignedBy(NoteKey.parse(signer.key().toString())))
                .isTrue();

        NoteSigner witness = NoteSigner.witness("witness.test", NoteSigner.newKey());
        SignedNote seen = note.with(witness.cosign(text, 1_700_000_000));
        assertThat(SignedNote.parse(seen.toString()).isSignedBy(witness.key())).isTrue();
        byte[] line = witness.cosign(text, 1_700_000_000).bytes();
        line[11] ^= 1;
        assertThat(note.with(new SignedNote.Line("witness.test", line)).isSignedBy(witness.key()))
                .isFalse();
    }

    @Test
    void what_is_no_note_is_not_read() {
        String good = LogOfTests.SIGNER.sign("a\n").toString();
        for (String bad : Arrays.asList("", "a", "a\n\n", good.strip(), good + "\n", good.replace("a\n", "a\t\n"))) {
            assertThatThrownBy(() -> SignedNote.parse(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
