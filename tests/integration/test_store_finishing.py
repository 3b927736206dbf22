"""What a transaction does last, and what a rolled-back savepoint takes with it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.transaction import atomic

from arrears.store.actor import NOTHING, Actor, system
from arrears.store.finishing import Unfinished
from arrears.store.transactions import transaction

ACTOR = system("test")


@pytest.fixture
def done():
    return []


@pytest.fixture
def act(done):
    return lambda items: done.append(list(items))


@pytest.mark.django_db
def test_items_are_handed_over_once_and_in_order_at_the_end_of_the_outermost(act, done):
    with transaction(ACTOR) as at:
        at.finish(act, [1])
        with transaction(ACTOR) as inner:
            inner.finish(act, [2, 3])
        assert done == []
        at.finish(act, [4])
    assert done == [[1, 2, 3, 4]]


@pytest.mark.django_db
def test_an_inner_transaction_of_an_actor_without_scope_is_inner_too(act, done):
    with transaction(Actor("staff", "1", NOTHING)) as at:
        with transaction(Actor("staff", "1", NOTHING)):
            at.finish(act, [1])
        assert done == []
    assert done == [[1]]


@pytest.mark.django_db
def test_a_rolled_back_savepoint_takes_its_items_with_it(act, done):
    with transaction(ACTOR) as at:
        at.finish(act, ["before"])
        for opened in (lambda: transaction(ACTOR), atomic):
            with pytest.raises(ZeroDivisionError), opened():
                at.finish(act, ["dropped"])
                with opened():
                    at.finish(act, ["dropped, deeper"])
                _ = 1 / 0
        with atomic():
            at.finish(act, ["kept"])
        at.finish(act, ["after"])
    assert done == [["before", "kept", "after"]]


@pytest.mark.django_db
def test_an_error_at_the_end_undoes_the_transaction():
    def fail(items):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction(ACTOR) as at:
        connection.cursor().execute("CREATE TEMP TABLE t () ON COMMIT DROP")
        at.finish(fail, [1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.t')")
        assert cursor.fetchone() == (None,)


@pytest.mark.django_db
def test_an_act_may_leave_more_for_the_end(act, done):
    def more(items):
        at.finish(act, [item * 2 for item in items])

    with transaction(ACTOR) as at:
        at.finish(more, [1, 2])
        at.finish(act, [0])
    assert done == [[0, 2, 4]]


def test_nothing_can_be_left_for_a_transaction_that_has_ended(committed_db, act, done):
    with transaction(ACTOR) as at:
        pass
    with pytest.raises(Unfinished):
        at.finish(act, [1])
    assert done == []


def test_a_transaction_that_failed_leaves_nothing_to_the_next(committed_db, act, done):
    with pytest.raises(ZeroDivisionError), transaction(ACTOR) as at:
        at.finish(act, [1])
        _ = 1 / 0
    with transaction(ACTOR) as at:
        at.finish(act, [2])
    assert done == [[2]]
