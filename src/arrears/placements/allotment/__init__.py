"""Allotment: who works on which case, by skill, language, capacity and absence; work queues."""
