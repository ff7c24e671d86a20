package io.fjord.catalog.catalog;

import io.fjord.contract.Problem;

/** Every no a catalog command can meet. */
final class CatalogProblems {

    private CatalogProblems() {}

    static Problem alreadyExists(String name) {
        return Problem.of(
                "catalog-already-exists",
                409,
                "Catalog already exists",
                "There is a catalog called '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem notFound(String domain, String name) {
        return Problem.of(
                "catalog-not-found",
                404,
                "No such catalog",
                "There is no catalog called '" + name + "' in domain '" + domain
                        + "'. List them at /api/v1/catalogs, or create it.");
    }

    static Problem notEmpty(String name) {
        return Problem.of(
                "catalog-not-empty",
                409,
                "Catalog is not empty",
                "There are namespaces in catalog '" + name
                        + "', or dropped tables that can still be had back. Drop or move what is in it first.");
    }

    static Problem isProtected(String name) {
        return Problem.of(
                "catalog-protected",
                409,
                "Catalog is protected",
                "Catalog '" + name + "' is protected from deletion. Set isProtected to false first, if you are sure.");
    }

    static Problem builtIn(String name, String what) {
        return Problem.of(
                "catalog-built-in",
                409,
                "Catalog is built in",
                "Every domain has a catalog '" + name + "': " + what + ". Create one of your own.");
    }

    static Problem isOfHive() {
        return Problem.of(
                "catalog-name-reserved",
                409,
                "Name belongs to the Hive Metastore",
                "'hive' is what the tables of the Hive Metastore stand under. Choose another name.");
    }

    static Problem locationTaken(String location, String by) {
        return Problem.of(
                "catalog-location-taken",
                409,
                "Location belongs to another catalog",
                "Files below " + location + " may be those of " + by + ". Choose a location of its own.");
    }
}
