package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetEvent.AssetDeprecated;
import io.fjord.contract.catalog.asset.AssetEvent.AssetDescribed;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationApproved;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRejected;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRemoved;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationRequested;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationReviewed;
import io.fjord.contract.catalog.asset.AssetEvent.ClassificationWithdrawn;
import io.fjord.contract.catalog.asset.AssetEvent.DeprecationEnded;
import io.fjord.contract.catalog.asset.AssetEvent.NotesMovedAway;
import io.fjord.contract.catalog.asset.AssetEvent.NotesMovedHere;
import io.fjord.contract.catalog.asset.AssetEvent.OwnersChanged;
import io.fjord.contract.catalog.asset.AssetEvent.TagsChanged;
import io.fjord.contract.catalog.asset.AssetEvent.TermsChanged;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.contract.catalog.asset.Notes.Classification;
import io.fjord.contract.catalog.asset.Notes.Deprecation;
import io.fjord.contract.catalog.asset.Notes.Request;
import io.fjord.contract.catalog.asset.Notes.Review;
import io.fjord.kernel.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What people say of a table, view, column or namespace, as the events left it.
 *
 * @param known whether there is such a thing; false where it was made of events alone
 */
public record Asset(Address address, boolean known, Notes notes) implements Thing, AssetEvent.Cases<Asset> {

    public static Asset unsaid(Address address) {
        return new Asset(address, false, Notes.NONE);
    }

    Asset known(boolean there) {
        return new Asset(address, there, notes);
    }

    private Asset with(Notes changed) {
        return new Asset(address, known, changed);
    }

    @Override
    public Asset on(AssetDescribed event) {
        return with(notes.description(event.description()));
    }

    @Override
    public Asset on(OwnersChanged event) {
        return with(notes.owners(event.owners()));
    }

    @Override
    public Asset on(TagsChanged event) {
        return with(notes.tags(changed(notes.tags(), event.added(), event.removed())));
    }

    @Override
    public Asset on(TermsChanged event) {
        return with(notes.terms(changed(notes.terms(), event.added(), event.removed())));
    }

    @Override
    public Asset on(AssetDeprecated event) {
        return with(notes.deprecation(new Deprecation(event.note(), event.replacement(), event.since())));
    }

    @Override
    public Asset on(DeprecationEnded event) {
        return with(notes.deprecation(null));
    }

    @Override
    public Asset on(ClassificationRequested event) {
        List<Request> requests = new ArrayList<>(notes.requests());
        requests.add(
                new Request(event.request(), event.classification(), event.reason(), event.by(), event.at(), null));
        return with(notes.requests(requests));
    }

    @Override
    public Asset on(ClassificationReviewed event) {
        Review review = new Review(event.recommended(), event.comment(), event.by(), event.at());
        return with(notes.requests(notes.requests().stream()
                .map(request -> request.id().equals(event.request()) ? request.reviewed(review) : request)
                .toList()));
    }

    @Override
    public Asset on(ClassificationApproved event) {
        List<Classification> all = new ArrayList<>(without(notes.classifications(), event.classification()));
        String wishedBy = notes.request(event.request()).map(Request::by).orElse("");
        all.add(new Classification(event.classification(), wishedBy, event.by(), event.at()));
        return with(closed(event.request()).classifications(all));
    }

    @Override
    public Asset on(ClassificationRejected event) {
        return with(closed(event.request()));
    }

    @Override
    public Asset on(ClassificationWithdrawn event) {
        return with(closed(event.request()));
    }

    @Override
    public Asset on(ClassificationRemoved event) {
        return with(notes.classifications(without(notes.classifications(), event.classification())));
    }

    @Override
    public Asset on(NotesMovedAway event) {
        return with(Notes.NONE);
    }

    @Override
    public Asset on(NotesMovedHere event) {
        return with(event.notes());
    }

    private Notes closed(String request) {
        return notes.requests(notes.requests().stream()
                .filter(one -> !one.id().equals(request))
                .toList());
    }

    private static List<Classification> without(List<Classification> all, String name) {
        return all.stream().filter(one -> !one.name().equals(name)).toList();
    }

    static List<String> changed(List<String> before, List<String> added, List<String> removed) {
        TreeSet<String> all = new TreeSet<>(before);
        removed.forEach(all::remove);
        all.addAll(added);
        return List.copyOf(all);
    }
}
