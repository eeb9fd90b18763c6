"""A page that shows the styles that ship: paintings, photos, a clip, Fig. 5 and Fig. 8."""
