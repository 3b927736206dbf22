"""A batch that somebody is carrying out at this moment, and many persons at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from conduct_people import debtor, go_live
from django.db import connections
from placement_desk import desk, form_of, people, previewed
from placements_book import agency, when

from arrears.placements.actions import moving


def test_others_see_that_a_batch_is_being_carried_out_and_it_moves_once(committed_db, monkeypatch):
    """Two requests on two connections: the first stands in the middle of its transaction."""
    with when():
        go_live()
        people()
        agency()
        debtor("A")
        first, other = desk("supervisor"), desk("head_of_collections")
        batch = previewed(first, refs="A")
        act = f"{batch}carry-out/"
        first.post(f"{batch}ask/", form_of(first.get(batch).text, f"{batch}ask/"))
        forms = [form_of(each.get(batch).text, act) for each in (first, other)]
    inside, go_on = threading.Event(), threading.Event()
    moved = moving.place

    def slow(*given):
        inside.set()
        assert go_on.wait(20)
        return moved(*given)

    monkeypatch.setattr("arrears.placements.actions.carrying_out.moving.place", slow)

    def sends(client, form) -> str:
        try:
            with when():
                return client.post(act, form, follow=True).text
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(sends, first, forms[0])
        assert inside.wait(20)
        with when():
            page = other.get(batch).text
            part = other.get(batch, headers={"HX-Request": "true"})
        assert "being decided or carried out at this moment" in page
        assert 'hx-trigger="every 3s"' in part.text and "HX-Refresh" not in part
        late = pool.submit(sends, other, forms[1])
        go_on.set()
        assert "Done for 1 person." in running.result(20)
        assert "It moved on meanwhile" in late.result(20)
    with when():
        after = other.get(batch, headers={"HX-Request": "true"})
    assert after["HX-Refresh"] == "true" and "carried out" in after.text
