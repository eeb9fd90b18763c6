"""Pictures as arrays: conversion, captions, sheets."""
