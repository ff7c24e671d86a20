package io.fjord.catalog.search;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;

/** Finds the words in names: {@code customer_email}, {@code customerEmail} and {@code sales.customer} have more than one. */
final class WordAnalyzer extends Analyzer {

    private static final int WORDS = WordDelimiterGraphFilter.GENERATE_WORD_PARTS
            | WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS
            | WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE;

    private final int how;

    private WordAnalyzer(int how) {
        this.how = how;
    }

    /** For what is written: the words, and what they stand in. */
    static WordAnalyzer written() {
        return new WordAnalyzer(WORDS | WordDelimiterGraphFilter.PRESERVE_ORIGINAL);
    }

    /** For what is asked. */
    static WordAnalyzer asked() {
        return new WordAnalyzer(WORDS);
    }

    @Override
    protected TokenStreamComponents createComponents(String field) {
        Tokenizer tokenizer = new WhitespaceTokenizer();
        TokenStream words = new WordDelimiterGraphFilter(tokenizer, how, null);
        return new TokenStreamComponents(
                tokenizer, new ASCIIFoldingFilter(new LowerCaseFilter(new FlattenGraphFilter(words))));
    }
}
