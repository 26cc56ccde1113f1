"""Versions of flows: a flow file with all that it calls is kept as an immutable version; which one new calls
get is one small file, so that every process sees a release, a trial share and a rollback at once.

    var/releases/flows/hotline_en/index.json      which version is current, which is on trial, what was before
                                 /3f2a.../*.yaml  one version: copies of its files, and of its recordings
"""
