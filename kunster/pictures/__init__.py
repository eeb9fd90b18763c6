"""Pictures as arrays: conversion, captions, contact sheets."""
